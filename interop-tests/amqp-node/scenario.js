'use strict'
// What the scripts of both clients share: run the scenario that is named on the command line against AMQP_URL.
// The process ends with 0 if it went as it should; anything else, a timeout included, is told and ends with 1.

const assert = require('node:assert/strict')

const url = process.env.AMQP_URL
const patienceMs = 30_000

exports.assert = assert
exports.url = url
exports.unique = prefix => `${prefix}-${process.pid}-${Math.random().toString(36).slice(2)}`

/** Calls until it answers something; for what the broker does in its own time. */
exports.soon = async call => {
  for (;;) {
    const answer = await call()
    if (answer) return answer
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Reads items one at a time from a callback that pushes them. */
exports.Inbox = class {
  items = []
  waiting = []

  push(item) {
    const next = this.waiting.shift()
    if (next) next(item)
    else this.items.push(item)
  }

  next() {
    return this.items.length > 0
      ? Promise.resolve(this.items.shift())
      : new Promise(resolve => this.waiting.push(resolve))
  }
}

exports.run = scenarios => {
  const name = process.argv[2]
  if (!url || !scenarios[name]) {
    console.error(`usage: AMQP_URL=amqp://... node ${process.argv[1]} ${Object.keys(scenarios).join('|')}`)
    process.exit(2)
  }

  const fail = error => {
    console.error(error)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  setTimeout(() => fail(new Error(`${name}: nothing happened for ${patienceMs} ms`)), patienceMs).unref()
  scenarios[name]().then(() => {
    console.log(`ok ${name}`)
    process.exit(0)
  }, fail)
}
