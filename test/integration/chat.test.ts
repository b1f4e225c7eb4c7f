import { chatSuite } from './chat.ts'

chatSuite('chat')
