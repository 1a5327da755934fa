'use strict'
const { Consumer, Producer, Message } = require('ali-ons')
const { createTopic, count } = require('./remoting')
const { assert, namesrv, unique, sleep, soon, Inbox, run } = require('./scenario')

// The client's own log would go to the home directory.
const quiet = { info() {}, debug() {}, warn() {}, error() {} }

// Asked for by the constructors, used only without a nameSrv.
const httpclient = { request() { throw new Error('no HTTP is needed') } }

// ali-ons polls routes every 30 s, and would learn that late of a topic that its own heartbeat made.
const common = { httpclient, nameSrv: namesrv, logger: quiet, pollNameServerInteval: 1000, rebalanceInterval: 1000 }

// The route of a group's retry topic is asked for before the first heartbeat has made the topic; producers and consumers
// of one process share a client, and all of them hear of it.
function raise(error) {
  if (!/topic: %RETRY%/.test(error.message)) throw error
}

async function producer(options = {}) {
  const client = new Producer({ ...common, producerGroup: unique('PG'), ...options })
  client.on('error', raise)
  await client.ready()
  return client
}

async function consumer(group, topic, tags, handler, options = {}) {
  const client = new Consumer({
    ...common, consumerGroup: group, consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    parallelConsumeLimit: 1, ...options,
  })
  client.on('error', raise)
  client.subscribe(topic, tags, handler)
  await client.ready()
  return client
}

async function topicOf(queues = 2) {
  const topic = unique('T')
  await createTopic(namesrv, topic, queues)
  return topic
}

/** Until so many different bodies with that beginning have come: a queue that changes hands may bring some twice. */
async function takeAll(inbox, prefix, count) {
  const taken = new Map()
  while (taken.size < count) {
    const one = await inbox.next()
    if (one.body.startsWith(prefix)) taken.set(one.body, one)
  }
  return [...taken.values()]
}

function message(topic, tags, body, keys) {
  const made = new Message(topic, tags, body)
  if (keys) made.keys = keys
  return made
}

run({
  /** Every message once, whole, and in the order of its queue. */
  async sendAndConsume() {
    const topic = await topicOf()
    const inbox = new Inbox()
    const sender = await producer()
    const receiver = await consumer(unique('CG'), topic, '*', async got => inbox.push(got))
    for (let i = 0; i < 200; i++) {
      const result = await sender.send(message(topic, 'TagA', `m${i}`, [`k${i}`, 'all']))
      assert.equal(result.sendStatus, 'SEND_OK')
    }
    const got = await inbox.take(200)
    assert.deepEqual(new Set(got.map(one => one.body.toString())).size, 200)
    const last = {}
    for (const one of got) {
      const number = Number(one.body.toString().slice(1))
      const queue = `${one.storeHost}-${one.queueId}`
      assert.ok(last[queue] === undefined || last[queue] < number)
      last[queue] = number
      assert.equal(one.tags, 'TagA')
      assert.equal(one.keys, `k${number} all`)
      assert.equal(one.reconsumeTimes, 0)
    }
    await receiver.close()
    await sender.close()
  },

  async tags() {
    const topic = await topicOf()
    const inbox = new Inbox()
    const sender = await producer()
    for (const tag of ['TagA', 'TagB', 'TagC', 'TagA'])
      await sender.send(message(topic, tag, `body ${tag}`))
    const receiver = await consumer(unique('CG'), topic, 'TagA || TagC', async got => inbox.push(got))
    const got = await inbox.take(3)
    assert.deepEqual(got.map(one => one.tags).sort(), ['TagA', 'TagA', 'TagC'])
    await sleep(1000)
    assert.equal(inbox.items.length, 0)
    await receiver.close()
    await sender.close()
  },

  /** The client compresses what is larger than 4 KiB; the broker gives it back as it is. */
  async largeBody() {
    const topic = await topicOf(1)
    const inbox = new Inbox()
    const sender = await producer()
    const receiver = await consumer(unique('CG'), topic, '*', async got => inbox.push(got))
    const body = Buffer.alloc(100_000)
    for (let i = 0; i < body.length; i++) body[i] = (i * 31) & 0xff
    await sender.send(message(topic, 'TagA', body))
    assert.ok(body.equals((await inbox.next()).body))
    await receiver.close()
    await sender.close()
  },

  async delay() {
    const topic = await topicOf(1)
    const inbox = new Inbox()
    const sender = await producer()
    const receiver = await consumer(unique('CG'), topic, '*', async got => inbox.push(got))
    const later = message(topic, 'TagA', 'later')
    later.delayTimeLevel = 2
    const start = Date.now()
    await sender.send(later)
    await sender.send(message(topic, 'TagA', 'now'))
    assert.equal((await inbox.next()).body.toString(), 'now')
    assert.equal((await inbox.next()).body.toString(), 'later')
    // Log time and this clock may differ by a little.
    assert.ok(Date.now() - start > 4500)
    await receiver.close()
    await sender.close()
  },

  /** Sent back at the first delivery, it comes again after the delay of level 3. */
  async retry() {
    const topic = await topicOf(1)
    const inbox = new Inbox()
    const sender = await producer()
    const receiver = await consumer(unique('CG'), topic, '*', async got => {
      inbox.push({ times: got.reconsumeTimes, body: got.body.toString(), topic: got.topic, origin: got.originMessageId })
      if (got.reconsumeTimes === 0) return Consumer.ACTION_RETRY
    })
    const { msgId } = await sender.send(message(topic, 'TagA', 'again'))
    assert.deepEqual(await inbox.next(), { times: 0, body: 'again', topic, origin: undefined })
    assert.deepEqual(await inbox.next(), { times: 1, body: 'again', topic, origin: msgId })
    await receiver.close()
    await sender.close()
  },

  async deadLetter() {
    const topic = await topicOf(1)
    const group = unique('CG')
    const sender = await producer()
    const receiver = await consumer(group, topic, '*', async () => Consumer.ACTION_RETRY, { maxReconsumeTimes: 0 })
    await sender.send(message(topic, 'TagA', 'bad'))
    assert.equal(await soon(() => count(namesrv, `%DLQ%${group}`)), 1)
    await receiver.close()
    await sender.close()
  },

  /** Every consumer gets everything. */
  async broadcast() {
    const topic = await topicOf()
    const group = unique('CG')
    const inboxes = [new Inbox(), new Inbox()]
    const receivers = []
    for (const inbox of inboxes) {
      receivers.push(await consumer(group, topic, '*', async got => inbox.push(got.body.toString()),
        { isBroadcast: true, instanceName: unique('I') }))
    }
    const sender = await producer()
    await sleep(2000)
    for (let i = 0; i < 20; i++) await sender.send(message(topic, 'TagA', `m${i}`))
    for (const inbox of inboxes) assert.equal(new Set(await inbox.take(20)).size, 20)
    for (const receiver of receivers) await receiver.close()
    await sender.close()
  },

  /** Two consumers of a group share the queues, and take over from one that left. */
  async rebalance() {
    const topic = await topicOf(4)
    const group = unique('CG')
    const inbox = new Inbox()
    const open = name => consumer(group, topic, '*',
      async got => inbox.push({ name, body: got.body.toString() }), { instanceName: unique(name) })
    const first = await open('first')
    const second = await open('second')
    const sender = await producer()
    for (const names = new Set(); names.size < 2;) {
      await sender.send(message(topic, 'TagA', 'm'))
      names.add((await inbox.next()).name)
    }

    await first.close()
    for (let i = 0; i < 40; i++) await sender.send(message(topic, 'TagA', `n${i}`))
    const taken = await takeAll(inbox, 'n', 40)
    assert.ok(taken.every(one => one.name === 'second'))
    await second.close()
    await sender.close()
  },

  /** A group goes on where it was when it closed. */
  async resume() {
    const topic = await topicOf(1)
    const group = unique('CG')
    const inbox = new Inbox()
    const sender = await producer()
    const open = () => consumer(group, topic, '*', async got => inbox.push(got.body.toString()))
    for (let i = 0; i < 5; i++) await sender.send(message(topic, 'TagA', `a${i}`))
    const first = await open()
    assert.equal((await inbox.take(5)).length, 5)
    await sleep(500)
    await first.close()
    for (let i = 0; i < 5; i++) await sender.send(message(topic, 'TagA', `b${i}`))
    const second = await open()
    assert.deepEqual((await inbox.take(5)).sort(), ['b0', 'b1', 'b2', 'b3', 'b4'])
    await second.close()
    await sender.close()
  },
})
