'use strict'
const amqplib = require('amqplib')
const { inbox, shown } = require('./scenario')

let connected

/** The channel of the process: it publishes, receives, and makes the bindings of all pairs. */
const channel = () => {
  connected ??= amqplib.connect(process.env.AMQP_URL).then(connection => connection.createConfirmChannel())
  return connected
}

exports.channel = channel

/** Waits for the confirm. Header properties are named `headers.name`. */
exports.publish = async (exchange, key, body, properties) => {
  const options = { headers: {}, mandatory: true }
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('headers.')) options.headers[name.slice(8)] = value
    else options[name] = value
  }
  const sender = await channel()
  await new Promise((resolve, reject) => {
    sender.once('return', message => reject(new Error(`returned: ${message.fields.replyText}`)))
    sender.publish(exchange, key, body, options, error => error ? reject(error) : resolve())
  })
}

exports.receive = async queue => {
  const { push, next } = inbox()
  await (await channel()).consume(queue, push, { noAck: true })
  return async () => {
    const { fields, content, properties: { headers, ...properties } } = await next
    const named = Object.entries(headers ?? {}).map(([name, value]) => [`headers.${name}`, value])
    return { key: fields.routingKey, body: content, properties: shown({ ...properties, ...Object.fromEntries(named) }) }
  }
}
