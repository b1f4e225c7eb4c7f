import { chatSuite } from './chat.ts'
import { contactsSuite } from './contacts.ts'

chatSuite('prosody')
contactsSuite('prosody')
