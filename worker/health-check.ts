import { readSettings } from '../shared/config.ts'

/**
 * Ends with 0 while the worker in the same container answers. Whether it is ready is another question: while DynamoDB
 * cannot be reached no worker is, and each keeps the streams it has, which would be lost if ECS stopped it for that.
 */
const { HEALTH_PORT } = readSettings('worker', process.env)
const response = await fetch(`http://127.0.0.1:${HEALTH_PORT}/health/live`).catch(() => undefined)
process.exit(response?.ok ? 0 : 1)
