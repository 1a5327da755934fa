'use strict'
// How a test drives a load. `confirmed <count>` goes out when it grew, `finish` comes in; the process ends with 0 and a
// last line of figures if every promise was kept. Broken promises are told on standard error and end it with 1, as does
// an end of the input before `finish`.

const readline = require('node:readline')

const reportMs = 25
// Only a failure takes so long.
const patienceMs = 90_000
const shownAtMost = 20

const troubles = []
const broken = []
let confirmed = 0
let state = () => ''

exports.sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

exports.confirm = () => { confirmed++ }

/** What a client may see while brokers die; only told with a failure. */
exports.trouble = (who, error) => {
  troubles.push(`${new Date().toISOString()} ${who}: ${error.code ?? ''} ${error.message ?? error}`)
  if (troubles.length > 60) troubles.shift()
}

/** A promise that the broker has not kept. */
exports.violation = what => { broken.push(what) }

const fail = error => {
  console.error(error)
  console.error(state())
  for (const promise of broken.slice(0, shownAtMost)) console.error(`broken: ${promise}`)
  for (const trouble of troubles) console.error(trouble)
  process.exit(1)
}

/** Waits for what is promised. */
exports.until = async (condition, what) => {
  const end = Date.now() + patienceMs
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`in vain waited for ${what}`)
    await exports.sleep(reportMs)
  }
}

/**
 * Runs a load.
 * @param start Returns what ends it: an async function that drains, checks, and returns figures.
 * @param describe Its state in words, for a failure.
 */
exports.drive = (start, describe) => {
  state = describe
  process.on('uncaughtException', fail)
  let reported = 0
  setInterval(() => {
    if (confirmed > reported) console.log(`confirmed ${reported = confirmed}`)
  }, reportMs).unref()

  const starting = start()
  let finishing = false
  const finish = async () => {
    const figures = await (await starting)()
    if (broken.length > 0) {
      throw new Error(`${broken.length} broken promises:\n${broken.slice(0, shownAtMost).join('\n')}`)
    }
    console.log(`ok ${figures}`)
    process.exit(0)
  }
  starting.catch(fail)
  readline.createInterface({ input: process.stdin })
    .on('line', line => {
      if (line !== 'finish') return fail(new Error(`what is ${line}?`))
      finishing = true
      finish().catch(fail)
    })
    .on('close', () => { if (!finishing) fail(new Error(`the test gave up; ${broken.slice(0, shownAtMost).join('\n')}`)) })
}
