'use strict'
const mqtt = require('mqtt')
const { inbox, shown, unique } = require('./scenario')

const connect = () => mqtt.connectAsync(
  process.env.MQTT_URL, { protocolVersion: 5, reconnectPeriod: 0, clientId: unique('matrix-') })

/** The topic that AMQP knows by this routing key. */
exports.topicOf = key => key.replaceAll('.', '/')

/** With QoS 1. User properties are named `userProperties.name`. */
exports.publish = async (topic, body, properties) => {
  const set = {}
  for (const [name, value] of Object.entries(properties)) {
    // Empty user properties would make an empty packet.
    if (name.startsWith('userProperties.')) (set.userProperties ??= {})[name.slice(15)] = value
    else set[name] = name === 'correlationData' ? Buffer.from(value) : value
  }
  await (await connect()).publishAsync(topic, body, { qos: 1, properties: set })
}

exports.receive = async filter => {
  const { push, next } = inbox()
  const client = await connect()
  client.on('message', (topic, payload, packet) => push({ topic, payload, packet }))
  await client.subscribeAsync(filter, { qos: 1 })
  return async () => {
    const { topic, payload, packet } = await next
    const { userProperties, ...properties } = packet.properties ?? {}
    const named = Object.entries(userProperties ?? {}).map(([name, value]) => [`userProperties.${name}`, value])
    return { key: topic, body: payload, properties: shown({ ...properties, ...Object.fromEntries(named) }), qos: packet.qos }
  }
}
