'use strict'
// What was sent, what of it was confirmed, and who got what how often.

const { confirm, violation } = require('./control')

const largeBytes = 300_000
const letters = Buffer.from('abcdefghijklmnopqrstuvwxyz')

/** A body that follows from its stream and number, so that each can be checked byte for byte; some are large enough to
 * go through the log in chunks. */
exports.bodyOf = (stream, number) => {
  const head = `${stream}:${number}:`
  const bytes = number % 250 === 249 ? largeBytes : number % 40 === 7 ? 20_000 : (number * 37) % 700
  return Buffer.concat([Buffer.from(head), Buffer.alloc(bytes, letters.subarray(number % 26))])
}

/** One producer's messages, numbered from 0 in the order of their sending. */
exports.Stream = class {
  confirmed = new Set()
  sent = 0

  constructor(name) {
    this.name = name
  }

  next() {
    return this.sent++
  }

  confirm(number) {
    if (this.confirmed.has(number)) violation(`${this.name}:${number} was confirmed twice`)
    this.confirmed.add(number)
    confirm()
  }
}

/** What one receiver got of all streams. */
exports.Inbox = class {
  count = 0
  times = new Map()
  newest = new Map()

  constructor(name, streams, ordered) {
    this.name = name
    this.streams = new Map(streams.map(stream => [stream.name, stream]))
    this.ordered = ordered
    for (const stream of streams) this.times.set(stream.name, new Map())
  }

  /** @returns the stream and the number, or undefined for what nobody sent. */
  receive(body) {
    this.count++
    const [name, text] = body.subarray(0, 40).toString('latin1').split(':')
    const stream = this.streams.get(name)
    const number = Number(text)
    if (!stream || !(number >= 0 && number < stream.sent) || !body.equals(exports.bodyOf(name, number))) {
      violation(`${this.name} got ${body.length} bytes that nobody sent (${name}:${text})`)
      return undefined
    }
    const times = this.times.get(name)
    const before = times.get(number) ?? 0
    times.set(number, before + 1)
    const newest = this.newest.get(name) ?? -1
    if (this.ordered && before === 0 && number < newest) {
      violation(`${this.name} got ${name}:${number} for the first time after ${newest}`)
    }
    this.newest.set(name, Math.max(number, newest))
    return { stream, number, before }
  }

  /** Confirmed and not here. */
  missing() {
    const missing = []
    for (const [name, stream] of this.streams) {
      const times = this.times.get(name)
      for (const number of stream.confirmed) if (!times.has(number)) missing.push(`${name}:${number}`)
    }
    return missing
  }
}
