'use strict'
// One message from client to client, each of another protocol: node chain.js <from> <to> [<to> ...], of amqp, mqtt,
// rocketmq and http; the first may be http-topic, too. Who stands in the middle publishes what it got.
// Standard input: {"body": base64, "properties": {...}} in the first one's words. Standard output: {"key", "body": base64,
// "properties": {...}} in the last one's, with "route" for the names of the last part of the way and "sent" for what its
// publisher was told.
const amqp = require('./amqp')
const http = require('./http')
const mqtt = require('./mqtt')
const rocketmq = require('./rocketmq')
const { run, unique } = require('./scenario')

const mqttSpace = 'amq.topic'

/** Makes what a publisher of a protocol publishes to. */
const sources = {
  async amqp({ topic, to }) {
    if (to === 'mqtt') return mqttSpace
    if (to !== 'rocketmq') await (await amqp.channel()).assertExchange(topic, 'topic')
    return topic
  },
  mqtt: async () => mqttSpace,
  async rocketmq({ topic, to }) {
    if (to !== 'rocketmq') await rocketmq.createTopic(topic)
    return topic
  },
  // Straight into a queue where the receiver has one.
  async http(route) {
    return route.to === 'amqp' || route.to === 'http' ? undefined : sources['http-topic'](route)
  },
  async 'http-topic'({ topic, to }) {
    if (to !== 'rocketmq') await http.createTopic(topic)
    return topic
  },
}

/** Opens a receiver of what comes to a source with a key. */
const receivers = {
  async amqp({ queue, key }, source) {
    await (await amqp.channel()).assertQueue(queue)
    if (source) await (await amqp.channel()).bindQueue(queue, source, key)
    return amqp.receive(queue)
  },
  async mqtt({ key }, source) {
    if (source !== mqttSpace) await (await amqp.channel()).bindExchange(mqttSpace, source, key)
    return mqtt.receive(mqtt.topicOf(key))
  },
  async rocketmq({ topic, key }, source) {
    if (source !== topic) await (await amqp.channel()).bindExchange(topic, source, key)
    return rocketmq.receive(topic, key)
  },
  async http({ from, queue, key }, source) {
    await http.createQueue(queue)
    if (from === 'http-topic') await http.subscribe(source, queue, key)
    else if (source) await (await amqp.channel()).bindQueue(queue, source, key)
    return http.receive(queue)
  },
}

const publishToTopic = ({ key }, source, body, { moreTags }) => http.publish(source, body, [key, ...moreTags])

const publishers = {
  amqp: ({ key }, source, body, properties) => amqp.publish(source, key, body, properties),
  mqtt: ({ key }, source, body, properties) => mqtt.publish(mqtt.topicOf(key), body, properties),
  rocketmq: ({ key }, source, body, properties) => rocketmq.publish(source, key, body, properties),
  http: (route, source, body, properties) =>
    source ? publishToTopic(route, source, body, properties) : http.send(route.queue, body),
  'http-topic': publishToTopic,
}

async function pass(from, to, body, properties) {
  // A CMQ tag has at most 16 characters.
  const route = { from, to, topic: unique('T'), queue: unique('Q'), key: `${unique('').slice(-8)}.temp` }
  if (to === 'rocketmq') await rocketmq.createTopic(route.topic)
  const source = await sources[from](route)
  const receive = await receivers[to](route, source)
  const sent = await publishers[from](route, source, body, properties)
  return { ...await receive(), sent, route }
}

run(async message => {
  const [first, ...others] = process.argv.slice(2)
  let from = first
  let got = { body: Buffer.from(message.body, 'base64'), properties: message.properties }
  for (const to of others) {
    got = await pass(from, to, got.body, got.properties)
    from = to
  }
  return { ...got, body: got.body.toString('base64') }
})
