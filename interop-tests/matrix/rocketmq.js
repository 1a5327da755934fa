'use strict'
const { Consumer, Producer, Message } = require('ali-ons')
const { createTopic } = require('../rocketmq-node/remoting')
const { inbox, shown, unique } = require('./scenario')

const nameSrv = process.env.ROCKETMQ_NAMESRV

// The client's own log would go to the home directory.
const quiet = { info() {}, debug() {}, warn() {}, error() {} }

// Asked for by the constructors, used only without a nameSrv.
const httpclient = { request() { throw new Error('no HTTP is needed') } }
const common = { httpclient, nameSrv, logger: quiet, pollNameServerInteval: 1000, rebalanceInterval: 1000 }

// The route of a group's retry topic is asked for before the first heartbeat has made the topic.
const raise = error => {
  if (!/topic: %RETRY%/.test(error.message)) throw error
}

// What a client adds to what it got; the nameless one is what it makes of the last separator.
const own = ['', 'MIN_OFFSET', 'MAX_OFFSET', 'CONSUME_START_TIME']

exports.createTopic = topic => createTopic(nameSrv, topic, 1)

/** The born time is the client's own; what `properties` say of it has no effect. */
exports.publish = async (topic, tag, body, { bornTimestamp, ...properties }) => {
  const producer = new Producer({ ...common, producerGroup: unique('PG') })
  producer.on('error', raise)
  await producer.ready()
  const message = new Message(topic, tag, body)
  Object.assign(message.properties, { ...properties, TAGS: tag })
  const { sendStatus } = await producer.send(message)
  if (sendStatus !== 'SEND_OK') throw new Error(`sent: ${sendStatus}`)
}

exports.receive = async (topic, tags) => {
  const { push, next } = inbox()
  const consumer = new Consumer({ ...common, consumerGroup: unique('CG'), consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET' })
  consumer.on('error', raise)
  consumer.subscribe(topic, tags, async message => push(message))
  await consumer.ready()
  return async () => {
    const message = await next
    const properties = { ...message.properties, bornTimestamp: Number(message.bornTimestamp) }
    for (const name of own) delete properties[name]
    return { key: message.tags, body: message.body, properties: shown(properties) }
  }
}
