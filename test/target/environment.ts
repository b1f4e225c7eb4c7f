/** What the set-up of a target tells its tests, beside what the AWS SDK reads itself. */
export const ASSEMBLY_FOLDER = 'TEST_ASSEMBLY_FOLDER'
export const WEBSOCKET_URL = 'TEST_WEBSOCKET_URL'
export const WORKER_IMAGE = 'TEST_WORKER_IMAGE'
export const LOG_FOLDER = 'TEST_LOG_FOLDER'
/** These two are read by the tests of the stores as well. */
export const DYNAMODB_ENDPOINT = 'TEST_DYNAMODB_ENDPOINT'
export const TABLE_PREFIX = 'TEST_TABLE_PREFIX'
