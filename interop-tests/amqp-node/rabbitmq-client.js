'use strict'
const { Connection } = require('rabbitmq-client')
const { assert, url, unique, soon, Inbox, run } = require('./scenario')

async function open() {
  const connection = new Connection({ url, retryLow: 100 })
  connection.on('error', error => { throw error })
  await connection.onConnect()
  return connection
}

const durable = prefix => ({ queue: unique(prefix), durable: true })

// A consumer declares its queue; these are there already, with arguments of their own.
const queueOptions = { passive: true }

run({
  async confirms() {
    const connection = await open()
    const { queue } = await connection.queueDeclare(durable('confirms'))
    const publisher = connection.createPublisher({ confirm: true })
    const sending = []
    for (let i = 0; i < 500; i++) sending.push(publisher.send({ routingKey: queue, durable: true }, { number: i }))
    await Promise.all(sending)

    const inbox = new Inbox()
    const consumer = connection.createConsumer({ queue, queueOptions, qos: { prefetchCount: 10 } }, async message => inbox.push(message))
    for (let i = 0; i < 500; i++) {
      const message = await inbox.next()
      assert.deepEqual(message.body, { number: i })
      assert.equal(message.redelivered, false)
    }
    await consumer.close()
    assert.equal((await connection.queueDeclare({ queue, passive: true })).messageCount, 0)
    await publisher.close()
    await connection.close()
  },

  async requeue() {
    const connection = await open()
    const { queue } = await connection.queueDeclare(durable('requeue'))
    assert.equal(await connection.basicGet({ queue, noAck: true }), undefined)
    const publisher = connection.createPublisher({ confirm: true })
    await publisher.send(queue, 'again')
    const inbox = new Inbox()
    // A handler that throws returns the message to the queue.
    const consumer = connection.createConsumer({ queue, queueOptions, requeue: true }, async message => {
      inbox.push(message)
      if (!message.redelivered) throw new Error('the first delivery fails')
    })
    consumer.on('error', () => inbox.push('failed'))
    const seen = [await inbox.next(), await inbox.next(), await inbox.next()]
    assert.ok(seen.includes('failed'))
    assert.deepEqual(seen.filter(item => item !== 'failed').map(message => message.redelivered), [false, true])
    await consumer.close()
    await publisher.close()
    await connection.close()
  },

  async deadLetter() {
    const connection = await open()
    const dead = (await connection.queueDeclare(durable('dead'))).queue
    const { queue } = await connection.queueDeclare({
      ...durable('live'), arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead } })
    const publisher = connection.createPublisher({ confirm: true })
    await publisher.send(queue, 'bad')
    const inbox = new Inbox()
    const consumer = connection.createConsumer({ queue, queueOptions, requeue: false }, async () => { throw new Error('no') })
    consumer.on('error', error => inbox.push(error))
    await inbox.next()
    const message = await soon(() => connection.basicGet({ queue: dead, noAck: true }))
    assert.equal(message.body, 'bad')
    assert.equal(message.headers['x-death'][0].reason, 'rejected')
    assert.equal(message.headers['x-death'][0].queue, queue)
    await consumer.close()
    await publisher.close()
    await connection.close()
  },

  async timeToLive() {
    const connection = await open()
    const dead = (await connection.queueDeclare(durable('dead'))).queue
    const { queue } = await connection.queueDeclare({
      ...durable('live'),
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead, 'x-message-ttl': 100 } })
    const publisher = connection.createPublisher({ confirm: true })
    await publisher.send(queue, 'late')
    const message = await soon(() => connection.basicGet({ queue: dead, noAck: true }))
    assert.equal(message.headers['x-death'][0].reason, 'expired')
    await publisher.close()
    await connection.close()
  },

  async exclusive() {
    const connection = await open()
    const channel = await connection.acquire()
    const { queue } = await channel.queueDeclare({ exclusive: true })
    assert.match(queue, /^amq\.gen-/)
    const stranger = await open()
    await assert.rejects(stranger.queueDeclare({ queue, passive: true }), { code: 'RESOURCE_LOCKED' })
    await assert.rejects(stranger.queueDeclare({ queue: unique('missing'), passive: true }), { code: 'NOT_FOUND' })
    await stranger.close()
    await channel.close()
    await connection.close()
  },

  async largeBody() {
    const connection = await open()
    const { queue } = await connection.queueDeclare(durable('large'))
    const publisher = connection.createPublisher({ confirm: true })
    for (const bytes of [0, 1, 131_065, 5 * 1024 * 1024]) {
      const body = require('node:crypto').randomBytes(bytes)
      await publisher.send(queue, body)
      const message = await connection.basicGet({ queue, noAck: true })
      assert.ok(message.body.equals(body), `${bytes} bytes`)
    }
    await publisher.close()
    await connection.close()
  },

  async headers() {
    const connection = await open()
    const { queue } = await connection.queueDeclare(durable('headers'))
    const publisher = connection.createPublisher({ confirm: true })
    const headers = { text: 'wörld', yes: true, nothing: null, small: 1, negative: -70_000, list: [1, 'two'], table: { n: 4 } }
    const envelope = { routingKey: queue, headers, correlationId: 'c', messageId: 'm', type: 't', appId: 'a', durable: true }
    await publisher.send(envelope, { hello: 'wörld' })
    const message = await connection.basicGet({ queue, noAck: true })
    assert.deepEqual({ ...message.headers }, headers)
    assert.deepEqual(message.body, { hello: 'wörld' })
    for (const name of ['correlationId', 'messageId', 'type', 'appId', 'durable'])
      assert.equal(message[name], envelope[name], name)
    await publisher.close()
    await connection.close()
  },

  async topic() {
    const connection = await open()
    const exchange = unique('topic')
    const { queue } = await connection.queueDeclare(durable('bound'))
    const publisher = connection.createPublisher({
      confirm: true,
      exchanges: [{ exchange, type: 'topic', durable: true }],
      queueBindings: [{ exchange, queue, routingKey: 'sensors.*.temp' }],
    })
    await publisher.send({ exchange, routingKey: 'sensors.7.temp' }, 'in')
    await publisher.send({ exchange, routingKey: 'sensors.7.8.temp' }, 'out')
    assert.equal((await connection.basicGet({ queue, noAck: true })).body, 'in')
    assert.equal(await connection.basicGet({ queue, noAck: true }), undefined)
    await publisher.close()
    await connection.close()
  },

  async mandatory() {
    const connection = await open()
    const publisher = connection.createPublisher({ confirm: true })
    const inbox = new Inbox()
    publisher.on('basic.return', message => inbox.push(message))
    await publisher.send({ routingKey: unique('nowhere'), mandatory: true }, 'x')
    assert.equal((await inbox.next()).replyText, 'NO_ROUTE')
    await publisher.close()
    await connection.close()
  },

  async rpc() {
    // rabbitmq-client's RPC client answers on a queue of its own when told which; direct reply-to is a later feature.
    const connection = await open()
    const { queue } = await connection.queueDeclare(durable('requests'))
    const server = connection.createConsumer({ queue, queueOptions }, async (message, reply) => reply(`${message.body}!`))
    const channel = await connection.acquire()
    const { queue: replies } = await channel.queueDeclare({ exclusive: true })
    const inbox = new Inbox()
    await channel.basicConsume({ queue: replies, noAck: true }, message => inbox.push(message))
    await channel.basicPublish({ routingKey: queue, replyTo: replies, correlationId: '7' }, 'ping')
    const answer = await inbox.next()
    assert.equal(answer.body, 'ping!')
    assert.equal(answer.correlationId, '7')
    await server.close()
    await channel.close()
    await connection.close()
  },
})
