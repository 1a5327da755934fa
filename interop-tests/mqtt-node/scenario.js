'use strict'
// What the scenarios share: clients of MQTT_URL in version MQTT_VERSION (4 or 5), with what they got in order.
// The process ends with 0 if the scenario went as it should; anything else is told and ends with 1.

const assert = require('node:assert/strict')
const mqtt = require('mqtt')

const url = process.env.MQTT_URL
const protocolVersion = Number(process.env.MQTT_VERSION ?? 5)
const patienceMs = 45_000
const open = new Set()

exports.assert = assert
exports.version = protocolVersion
exports.unique = prefix => `${prefix}-${process.pid}-${Math.random().toString(36).slice(2)}`

/** A connected client; `next()` gives what it received, one after the other. */
exports.connect = async (options = {}) => {
  const client = mqtt.connect(url, { protocolVersion, reconnectPeriod: 0, clientId: exports.unique('node'), ...options })
  open.add(client)
  const got = []
  const waiting = []
  client.on('message', (topic, payload, packet) => {
    const message = { topic, text: payload.toString(), payload, qos: packet.qos, retain: packet.retain,
      dup: packet.dup, properties: packet.properties ?? {} }
    const next = waiting.shift()
    if (next) next(message)
    else got.push(message)
  })
  client.next = () => got.length > 0 ? Promise.resolve(got.shift()) : new Promise(resolve => waiting.push(resolve))
  client.pending = got
  // What waits for a session comes right behind CONNACK, so everything above is set up before.
  client.connack = await new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.once('error', reject)
  })
  client.lost = () => new Promise(resolve => client.once('close', resolve))
  // As a device that loses its power: the socket ends, nothing is said.
  client.kill = () => new Promise(resolve => { client.once('close', resolve); client.stream.destroy() })
  return client
}

/** How a connection that must be refused is refused. */
exports.refused = options => new Promise((resolve, reject) => {
  const client = mqtt.connect(url, { protocolVersion, reconnectPeriod: 0, clientId: exports.unique('node'), ...options })
  open.add(client)
  client.on('connect', () => reject(new Error('it was let in')))
  client.on('error', error => resolve(error.code))
})

/** Publishes behind everything before, so that what is to come has come once this one is there. */
exports.mark = async (publisher, topic, qos = 1) => {
  const text = exports.unique('mark')
  await publisher.publishAsync(topic, text, { qos })
  return text
}

exports.until = async (client, text) => {
  const before = []
  for (;;) {
    const message = await client.next()
    if (message.text === text) return before
    before.push(message)
  }
}

exports.run = scenarios => {
  const name = process.argv[2]
  if (!url || !scenarios[name]) {
    console.error(`usage: MQTT_URL=mqtt://... node ${process.argv[1]} ${Object.keys(scenarios).join('|')}`)
    process.exit(2)
  }
  const fail = error => {
    console.error(error)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  setTimeout(() => fail(new Error(`${name}: nothing happened for ${patienceMs} ms`)), patienceMs).unref()
  scenarios[name]().then(() => {
    for (const client of open) client.end(true)
    console.log(`ok ${name}`)
    process.exit(0)
  }, fail)
}
