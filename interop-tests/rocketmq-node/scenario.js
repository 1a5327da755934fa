'use strict'
// What the scenarios share: one is named on the command line and runs against ROCKETMQ_NAMESRV. The process ends with
// 0 if it went as it should; anything else, a timeout included, is told and ends with 1.

const assert = require('node:assert/strict')

const namesrv = process.env.ROCKETMQ_NAMESRV
const patienceMs = 50_000

exports.assert = assert
exports.namesrv = namesrv
exports.unique = prefix => `${prefix}_${process.pid}_${Math.random().toString(36).slice(2)}`
exports.sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Calls until it answers something; for what the broker does in its own time. */
exports.soon = async call => {
  for (;;) {
    const answer = await call()
    if (answer) return answer
    await exports.sleep(50)
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

  async take(count) {
    const taken = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }
}

exports.run = scenarios => {
  const name = process.argv[2]
  if (!namesrv || !scenarios[name]) {
    console.error(`usage: ROCKETMQ_NAMESRV=host:port node ${process.argv[1]} ${Object.keys(scenarios).join('|')}`)
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
