'use strict'
// What the scripts share: unique names, waiting, and the frame of a script. A script reads what it has to do as JSON from
// standard input and writes what the receiving client got as JSON to standard output. It ends with 0 if there was
// something to receive; anything else, a timeout included, is told and ends with 1.

const patienceMs = 50_000

exports.unique = prefix => `${prefix}${process.pid.toString(36)}${Math.random().toString(36).slice(2, 8)}`

/** Resolved by the first call of `push`. */
exports.inbox = () => {
  let push
  const next = new Promise(resolve => { push = resolve })
  return { push, next }
}

/** Only what is set, and buffers as text. */
exports.shown = properties => Object.fromEntries(Object.entries(properties)
  .filter(([, value]) => value !== undefined && value !== null)
  .map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString() : value]))

exports.run = scenario => {
  const fail = error => {
    console.error(error)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  setTimeout(() => fail(new Error(`nothing happened for ${patienceMs} ms`)), patienceMs).unref()
  const chunks = []
  process.stdin.on('data', chunk => chunks.push(chunk))
  process.stdin.on('end', () => scenario(JSON.parse(Buffer.concat(chunks).toString())).then(result => {
    process.stdout.write(JSON.stringify(result), () => process.exit(0))
  }, fail))
}
