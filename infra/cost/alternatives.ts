import { billOf, sumOf, watching } from './bill.ts'
import { costOf } from './prices.ts'
import { HOURS_PER_MONTH, trafficOf, type Load, type Shape, type Traffic } from './traffic.ts'

/** Another way to give the same people the same chat. */
export interface Alternative {
  readonly name: string
  readonly usd: number
}

/**
 * A month of each. Workers that speak XMPP are in all of them, as many as here, and so is what watches them. What others
 * would need of their own for acknowledgement and order is counted for none, which is in their favour.
 */
export function alternativesTo(load: Load, shape: Shape): readonly Alternative[] {
  const traffic = trafficOf(load, shape)
  const workers = workersOf(traffic, shape)
  const transfer = costOf('internetGb', traffic.internetGb)
  return [
    { name: 'this bridge', usd: billOf(traffic, shape).totalUsd },
    { name: 'containers behind a load balancer', usd: containers(load, traffic, shape) },
    { name: 'AppSync Events', usd: workers + transfer + appSync(traffic) },
    { name: 'IoT Core, MQTT over WebSocket', usd: workers + transfer + iotCore(traffic) },
    { name: 'Ably', usd: workers + ably(traffic) },
  ]
}

/** Nobody has more. */
const MANY_USERS = 2 ** 30

/** The most people, each as `load` says, for whom the bridge costs no more than containers behind a load balancer. */
export function breakEven(load: Load, shape: Shape): number {
  let [pays, dearer] = [0, MANY_USERS]
  while (dearer - pays > 1) {
    const users = Math.floor((pays + dearer) / 2)
    const traffic = trafficOf({ ...load, users }, shape)
    const containersUsd = containers({ ...load, users }, traffic, shape)
    if (billOf(traffic, shape).totalUsd > containersUsd) dearer = users
    else pays = users
  }
  return pays
}

/** The worker with a WebSocket server of its own. */
function containers(load: Load, traffic: Traffic, shape: Shape): number {
  return workersOf(traffic, shape) + costOf('internetGb', traffic.internetGb) + loadBalancer(load, traffic)
}

function workersOf({ workerHours }: Traffic, { workerVcpu, workerGb }: Shape): number {
  return (
    costOf('fargateVcpuHour', workerHours * workerVcpu) +
    costOf('fargateGbHour', workerHours * workerGb) +
    costOf('publicIpv4Hour', workerHours) +
    sumOf(watching())
  )
}

/** An LCU is the most of these in an hour ("Elastic Load Balancing pricing"); rules and new connections are far below it. */
const LCU = { connections: 3000, gigabytesPerHour: 1 }
/** One in each Availability Zone. */
const BALANCER_ADDRESSES = 2

function loadBalancer({ users, hours, bytes, sent, received }: Load, { connectionMinutes }: Traffic): number {
  const onlineHours = HOURS_PER_MONTH * (hours / 24)
  const gigabytes = (connectionMinutes * (sent + received) * bytes) / 2 ** 30
  const units = Math.max(users / LCU.connections, gigabytes / onlineHours / LCU.gigabytesPerHour)
  return (
    costOf('albHour', HOURS_PER_MONTH) +
    costOf('albLcuHour', units * onlineHours) +
    costOf('publicIpv4Hour', BALANCER_ADDRESSES * HOURS_PER_MONTH)
  )
}

/** Up: a publish and its handler. Down: a publish and its delivery. */
function appSync({ sent, received, connectionMinutes }: Traffic): number {
  return costOf('appSyncOperation', 2 * (sent + received)) + costOf('appSyncMinute', connectionMinutes)
}

/** The worker is an MQTT client as well: each message is published and delivered. */
function iotCore({ sent, received, connectionMinutes }: Traffic): number {
  return costOf('iotMessage', 2 * (sent + received)) + costOf('iotMinute', connectionMinutes)
}

/** Each message is published and delivered; each person has a connection and a channel. */
function ably({ sent, received, connectionMinutes }: Traffic): number {
  return (
    costOf('ablyPackage', 1) +
    costOf('ablyMessage', 2 * (sent + received)) +
    costOf('ablyMinute', 2 * connectionMinutes)
  )
}
