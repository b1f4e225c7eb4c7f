"""Starts DynamoDB Local on 127.0.0.1 alone; by itself it takes connections from any network.

Takes the arguments that LocalStack gives to `java`. The agent among them, which LocalStack fetches from elsewhere, lets a
table have more than 20 indexes; none here has, so it is left out.
"""
import sys

import jpype

given = sys.argv[1:]
at = given.index("-jar")
jpype.startJVM(*(one for one in given[:at] if one.startswith(("-X", "-D"))), classpath=[given[at + 1]])

runner = jpype.JClass("software.amazon.dynamodb.services.local.main.ServerRunner")
server = runner.createServerFromCommandLineArgs([*given[at + 2 :], "-disableTelemetry"])
# The server of DynamoDB Local keeps the one of Jetty to itself, and there the address is set.
field = server.getClass().getDeclaredField("server")
field.setAccessible(True)
jetty = field.get(server)
for connector in jetty.getConnectors():
    connector.setHost("127.0.0.1")
server.start()
jetty.join()
