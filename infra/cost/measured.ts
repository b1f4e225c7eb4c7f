/**
 * What the model stands on beside the code itself: what was counted or timed, and where. What could only be known on AWS
 * says that it is reckoned.
 */

/**
 * Chat messages sent and received, the WebSocket messages that carried them (1.24 for each message and way), and the writes of
 * rows but for leases (0.034): `verdict.counts` and `storeWrites.others` of the report of `npm run test:chaos -- --profile cost`
 * (Prosody, 2026-11-22).
 */
export const COST_RUN = { users: 20, minutes: 5, sent: 200, received: 974, up: 240, down: 1220, writes: 40 }

/** Down, for each message sent: that the XMPP server has it and that the recipient has it, often in one push. */
export const DOWN_PER_SENT = (COST_RUN.down - COST_RUN.received) / COST_RUN.sent

/**
 * CPU of a worker for a message and way: the same profile with `--users 40 --rate 30`, 15.7 s of three workers for 6,860
 * messages, less 5 ms a second that each needs for its leases. On a shared server core; one of Fargate may differ.
 */
export const WORKER_MS_PER_MESSAGE = 2
/** Of one core, so that peaks and garbage collections do not hold up the leases. A worker uses no second one. */
export const WORKER_BUSY_SHARE = 0.6

/** What an invoke takes: waiting costs by the memory, computing costs the same whatever the memory. */
export interface Work {
  readonly waitMs: number
  /** Of a whole vCPU. */
  readonly cpuMs: number
}

/**
 * CPU of a frame: 6.4 s for 3,300 frames in the run above. bcrypt at cost 10: 83 ms. A JOIN by password waits for a login
 * at the XMPP server (`npm run bench`: 500 ms all in). How long AWS's network and DynamoDB take is reckoned.
 */
export const WORK = {
  connect: { waitMs: 1, cpuMs: 1 },
  frame: { waitMs: 10, cpuMs: 2 },
  joinByToken: { waitMs: 30, cpuMs: 3 },
  joinByPassword: { waitMs: 400, cpuMs: 87 },
  disconnect: { waitMs: 12, cpuMs: 2 },
} as const satisfies Record<string, Work>

/** A row of the workers table (698 bytes) with its certificate. The rows of a session (654) and a socket (76) are below 1 KB too. */
export const WORKER_ROW_BYTES = 700

/** DynamoDB calls of a sign-in and of what ends it, by reading functions/join.ts and worker/rows.ts. Keys-only indexes count. */
export const PASSWORD_JOIN = { writes: 13, reads: 4 }
/** Of a socket that follows another: two rows written on the new one and none on the old. */
export const TOKEN_JOIN = { writes: 2, reads: 5 }
/** JOIN_SUCCESS, SNAPSHOT, and LEAVE on the socket before. */
export const DOWN_PER_JOIN = 3

/** A line of the access log for each frame and each end of a socket (infra/access-log.ts), with what CloudWatch adds to it. */
export const ACCESS_LOG_BYTES = 250
/** What the functions write for a frame: its share of the metrics that go out every 10 s. */
export const FRAME_LOG_BYTES = 30
/** All that functions and worker write about one socket that comes and goes. */
export const SOCKET_LOG_BYTES = 2000
/** The metrics of a worker, once a minute. */
export const WORKER_LOG_BYTES_PER_MINUTE = 1500

/** A batch without a message: acknowledgement, state, PING. */
export const SMALL_FRAME_BYTES = 150
/** TLS, TCP and IP around a frame. */
export const PACKET_BYTES = 70
/** HTTP, its signature or token, and TLS around one call within the Region. */
export const CALL_BYTES = 1200
