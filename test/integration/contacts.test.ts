import { contactsSuite } from './contacts.ts'

contactsSuite('contacts')
