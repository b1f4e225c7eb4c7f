import { ordinarySuite } from './ordinary.ts'

ordinarySuite('chat with ordinary clients')
