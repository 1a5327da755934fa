'use strict'
// Producers and consumers of RocketMQ against the name servers in ROCKETMQ_NAMESRVS (host:port,host:port,...). At the
// end every queue is read from its first offset to its last: each SEND_OK must be where it said.

const { Consumer, Producer, Message } = require('ali-ons')
const MessageDecoder = require('ali-ons/lib/message/message_decoder')
const ByteBuffer = require('byte')
const { ask, createTopic } = require('../rocketmq-node/remoting')
const { drive, sleep, trouble, until, violation } = require('./control')
const { Inbox, Stream, bodyOf } = require('./ledger')

const nameServers = process.env.ROCKETMQ_NAMESRVS.split(',')
const topic = `load_${process.pid}_${Math.random().toString(36).slice(2)}`
const groups = [`CG1_${topic}`, `CG2_${topic}`]
const producers = 2
const sendersEach = 6
const queues = 3
const pageMessages = 32
const pullStatus = { found: 0, nothingNew: 19 }

// The client's own log would go to the home directory.
const quiet = { info() {}, debug() {}, warn() {}, error() {} }
const common = {
  // Asked for by the constructors, used only without a nameSrv.
  httpclient: { request() { throw new Error('no HTTP is needed') } },
  nameSrv: nameServers,
  logger: quiet,
  pollNameServerInteval: 500,
  heartbeatBrokerInterval: 500,
  rebalanceInterval: 500,
  persistConsumerOffsetInterval: 500,
}

const streams = []
const inboxes = []
/** What SEND_OK said: "broker/queue/offset" -> the message. */
const places = new Map()
let refused = 0

async function producer(name) {
  const client = new Producer({
    ...common, instanceName: `PG_${name}_${topic}`, producerGroup: `PG_${name}_${topic}`,
    // It compresses a message in place: sent once more by itself, the body would go out without the mark that says so.
    retryTimesWhenSendFailed: 0,
  })
  client.on('error', error => trouble(name, error))
  await client.ready()
  return client
}

async function consumer(group) {
  const inbox = new Inbox(group, streams, false)
  inboxes.push(inbox)
  const client = new Consumer({
    ...common, instanceName: group, consumerGroup: group, consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    pullTimeDelayMillsWhenException: 200, pullTimeDelayMillsWhenFlowControl: 50,
  })
  client.on('error', error => trouble(group, error))
  client.subscribe(topic, '*', async got => { inbox.receive(got.body) })
  await client.ready()
  return client
}

/** One message after the other; what is not answered with SEND_OK is not sent again, so that numbers stay unique. */
async function send(client, stream, stopping) {
  while (!stopping()) {
    const number = stream.next()
    try {
      const result = await client.send(new Message(topic, 'TagA', bodyOf(stream.name, number)))
      if (result.sendStatus !== 'SEND_OK') throw new Error(result.sendStatus)
      const place = `${result.messageQueue.brokerName}/${result.messageQueue.queueId}/${result.queueOffset}`
      if (places.has(place)) violation(`${stream.name}:${number} and ${places.get(place)} were both sent to ${place}`)
      places.set(place, `${stream.name}:${number}`)
      stream.confirm(number)
    } catch (error) {
      refused++
      trouble(`${stream.name}:${number}`, error)
      await sleep(200)
    }
  }
}

/** Repeats what may fail while nodes come and go. */
async function patiently(what, call) {
  let answer
  await until(async () => {
    try {
      answer = await call()
      return true
    } catch (error) {
      trouble(what, error)
      return false
    }
  }, what)
  return answer
}

async function must(address, code, fields, ...codes) {
  const answer = await ask(address, code, fields)
  if (!codes.includes(answer.code)) throw new Error(`request ${code}: ${answer.code} ${answer.remark}`)
  return answer
}

/** Where the queues are now: broker name, number, address of the leader. */
async function route() {
  const { body } = await must(nameServers[0], 105, { topic }, 0)
  const { brokerDatas, queueDatas } = JSON.parse(body)
  return queueDatas.flatMap(({ brokerName, readQueueNums }) => {
    const { brokerAddrs } = brokerDatas.find(broker => broker.brokerName === brokerName)
    return Array.from({ length: readQueueNums }, (_, queueId) => ({ brokerName, queueId, address: brokerAddrs['0'] }))
  })
}

/** All messages of one queue, by their offsets. */
async function read({ brokerName, queueId, address }) {
  const all = []
  for (;;) {
    const answer = await must(address, 11, {
      consumerGroup: `read_${topic}`, topic, queueId: `${queueId}`, queueOffset: `${all.length}`,
      maxMsgNums: `${pageMessages}`, sysFlag: '4', commitOffset: '0', suspendTimeoutMillis: '0', subscription: '*',
      subVersion: '0',
    }, pullStatus.found, pullStatus.nothingNew)
    if (answer.code === pullStatus.nothingNew) return all
    const bytes = ByteBuffer.wrap(answer.body)
    for (const message of MessageDecoder.decodes(bytes)) {
      if (message.queueOffset !== all.length || message.queueId !== queueId) {
        violation(`${brokerName}/${queueId} has offset ${message.queueOffset} of ${message.queueId} at ${all.length}`)
      }
      all.push(message.body)
    }
  }
}

/** What was confirmed stands where it was said to stand; returns how many messages there are. */
async function checkQueues() {
  const contents = await patiently('all queues to be read', async () => {
    const all = new Map()
    for (const queue of await route()) {
      const bodies = await read(queue)
      bodies.forEach((body, offset) => all.set(`${queue.brokerName}/${queue.queueId}/${offset}`, body))
    }
    return all
  })
  const stored = new Inbox('the queues together', streams, false)
  const found = new Map()
  for (const [place, body] of contents) {
    const got = stored.receive(body)
    if (got) found.set(place, `${got.stream.name}:${got.number}`)
  }
  for (const [place, message] of places) {
    if (found.get(place) !== message) violation(`${message} was sent to ${place}; there is ${found.get(place)}`)
  }
  return contents.size
}

const describe = () => [
  `${refused} refused`,
  ...streams.map(stream => `${stream.name}: ${stream.sent} sent, ${stream.confirmed.size} confirmed`),
  ...inboxes.map(inbox => {
    const missing = inbox.missing()
    return `${inbox.name}: ${inbox.count} got, ${missing.length} missing: ${missing.slice(0, 10).join(' ')}`
  }),
].join('\n')

drive(async () => {
  await patiently('a topic', async () => createTopic(nameServers[0], topic, queues))
  const clients = []
  for (let i = 0; i < producers; i++) clients.push(await producer(`p${i}`))
  for (let i = 0; i < producers * sendersEach; i++) streams.push(new Stream(`r${i}`))
  for (const group of groups) await consumer(group)
  let isStopped = false
  const running = Promise.all(streams.map((stream, i) => send(clients[i % producers], stream, () => isStopped)))

  return async () => {
    isStopped = true
    await running
    await until(() => inboxes.every(inbox => inbox.missing().length === 0), 'everything that was confirmed')
    const stored = await checkQueues()
    const received = inboxes.map(inbox => inbox.count).join(' ')
    return `${places.size} confirmed, ${refused} refused, ${stored} stored, ${received} received`
  }
}, describe)
