import type { Delivery } from '../check/figures.ts'
import type { Strike } from '../history/strikes.ts'
import { describe, type FaultKind } from '../plan/fault.ts'

const WIDTH = 1100
const HEIGHT = 420
const MARGIN = { left: 64, right: 16, top: 12, bottom: 34 }
/** A dot for each delivery up to so many; of more, the slowest of each column, so that no long one goes unseen. */
const COLUMNS = 1000
/** The scale of time on the way is logarithmic, from here up. */
const LEAST_MS = 1
const TICKS_MS = [1, 10, 100, 1000, 10_000, 100_000]

export const colours: Record<FaultKind, string> = {
  kill: '#c62828',
  drain: '#2e7d32',
  pause: '#6a1b9a',
  partition: '#ef6c00',
  'store-outage': '#5d4037',
  'store-throttle': '#a1887f',
  'function-deaths': '#d84315',
  cut: '#1565c0',
  frames: '#90a4ae',
  posts: '#00838f',
  disconnects: '#9e9d24',
  'xmpp-restart': '#ad1457',
  freeze: '#0277bd',
  reload: '#455a64',
}

export interface Plotted {
  readonly beganAt: number
  readonly endedAt: number
  readonly deliveries: readonly Delivery[]
  readonly strikes: readonly Strike[]
}

/** Each delivery by when it was sent and how long it took, over the faults of that time, as SVG. */
export function plot({ beganAt, endedAt, deliveries, strikes }: Plotted): string {
  const lastMs = Math.max(1000, ...strikes.map(({ endAt }) => endAt - beganAt), endedAt - beganAt)
  const x = (at: number) => MARGIN.left + ((at - beganAt) / lastMs) * (WIDTH - MARGIN.left - MARGIN.right)
  const y = scale(deliveries)
  const shown = thinned(deliveries, sentAt => Math.floor(((sentAt - beganAt) / lastMs) * COLUMNS))
  const parts = [
    ...strikes.map(strike => band(strike, x)),
    ...TICKS_MS.filter(ms => y(ms) >= MARGIN.top).map(ms => rung(ms, y(ms))),
    ...seconds(lastMs).map(s => step(s, x(beganAt + s * 1000))),
    ...shown.map(
      ({ sentAt, latencyMs }) =>
        `<circle cx="${x(sentAt).toFixed(1)}" cy="${y(latencyMs).toFixed(1)}" r="1.6"/>`,
    ),
  ]
  const box = `viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Delivery time by time of sending"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}>\n${parts.join('\n')}\n</svg>`
}

function scale(deliveries: readonly Delivery[]): (ms: number) => number {
  const most = deliveries.reduce((max, { latencyMs }) => Math.max(max, latencyMs), 1000)
  const height = HEIGHT - MARGIN.top - MARGIN.bottom
  return ms => HEIGHT - MARGIN.bottom - (Math.log10(Math.max(LEAST_MS, ms)) / Math.log10(most)) * height
}

function thinned(deliveries: readonly Delivery[], columnOf: (sentAt: number) => number): readonly Delivery[] {
  if (deliveries.length <= 4 * COLUMNS) return deliveries
  const columns = Map.groupBy(deliveries, ({ sentAt }) => columnOf(sentAt))
  return [...columns.values()].flatMap(column =>
    column.toSorted((a, b) => b.latencyMs - a.latencyMs).slice(0, 4),
  )
}

function band({ fault, beginAt, endAt, note }: Strike, x: (at: number) => number): string {
  const left = x(beginAt)
  const width = Math.max(1.5, x(endAt) - left)
  const title = escaped(note === undefined ? describe(fault) : `${describe(fault)}: ${note}`)
  const place = `x="${left.toFixed(1)}" width="${width.toFixed(1)}" y="${MARGIN.top}" height="${HEIGHT - MARGIN.top - MARGIN.bottom}"`
  return `<rect ${place} fill="${colours[fault.kind]}" opacity="0.22"><title>${title}</title></rect>`
}

function rung(ms: number, y: number): string {
  const label = ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`
  const line = `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/>`
  return `${line}<text x="${MARGIN.left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`
}

function step(second: number, x: number): string {
  return `<text x="${x.toFixed(1)}" y="${HEIGHT - 12}" text-anchor="middle">${second} s</text>`
}

/** About ten marks, at round seconds. */
function seconds(lastMs: number): number[] {
  const every = [1, 2, 5, 10, 30, 60, 120, 300, 600].find(s => s * 1000 * 12 >= lastMs) ?? 1800
  return Array.from({ length: Math.floor(lastMs / 1000 / every) + 1 }, (_, at) => at * every)
}

/** Text within markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
