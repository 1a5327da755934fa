'use strict'
const amqp = require('amqplib')
const { assert, url, unique, soon, Inbox, run } = require('./scenario')

async function open() {
  const connection = await amqp.connect(url)
  const channel = await connection.createConfirmChannel()
  return { connection, channel }
}

async function refusal(connection, call) {
  const channel = await connection.createChannel()
  const closed = new Promise(resolve => channel.once('error', resolve))
  await assert.rejects(call(channel))
  return (await closed).code
}

run({
  async confirms() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue(unique('confirms'), { durable: true })
    for (let i = 0; i < 500; i++) channel.sendToQueue(queue, Buffer.from(`m${i}`), { persistent: true })
    await channel.waitForConfirms()

    const inbox = new Inbox()
    await channel.consume(queue, message => inbox.push(message))
    for (let i = 0; i < 500; i++) {
      const message = await inbox.next()
      assert.equal(message.content.toString(), `m${i}`)
      assert.equal(message.fields.redelivered, false)
      channel.ack(message)
    }
    await connection.close()
  },

  async requeue() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue(unique('requeue'))
    assert.equal(await channel.get(queue), false)
    channel.sendToQueue(queue, Buffer.from('again'))
    await channel.waitForConfirms()
    const first = await channel.get(queue)
    assert.equal(first.fields.redelivered, false)
    channel.nack(first, false, true)
    const second = await soon(() => channel.get(queue))
    assert.equal(second.fields.redelivered, true)
    assert.equal(second.content.toString(), 'again')
    channel.ack(second)
    await connection.close()
  },

  async deadLetter() {
    const { connection, channel } = await open()
    const dead = (await channel.assertQueue(unique('dead'))).queue
    const { queue } = await channel.assertQueue(unique('live'), { deadLetterExchange: '', deadLetterRoutingKey: dead })
    channel.sendToQueue(queue, Buffer.from('bad'))
    await channel.waitForConfirms()
    channel.reject(await channel.get(queue), false)
    const message = await soon(() => channel.get(dead, { noAck: true }))
    assert.equal(message.content.toString(), 'bad')
    const [death] = message.properties.headers['x-death']
    assert.equal(death.reason, 'rejected')
    assert.equal(death.queue, queue)
    assert.equal(Number(death.count), 1)
    await connection.close()
  },

  async timeToLive() {
    const { connection, channel } = await open()
    const dead = (await channel.assertQueue(unique('dead'))).queue
    const { queue } = await channel.assertQueue(unique('live'), { deadLetterExchange: '', deadLetterRoutingKey: dead })
    channel.sendToQueue(queue, Buffer.from('late'), { expiration: '100' })
    const message = await soon(() => channel.get(dead, { noAck: true }))
    assert.equal(message.properties.headers['x-death'][0].reason, 'expired')
    assert.equal(message.properties.expiration, undefined)
    await connection.close()
  },

  async exclusive() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    assert.match(queue, /^amq\.gen-/)
    channel.sendToQueue(queue, Buffer.from('mine'))
    await channel.waitForConfirms()
    assert.equal((await channel.get(queue, { noAck: true })).content.toString(), 'mine')
    const stranger = await amqp.connect(url)
    assert.equal(await refusal(stranger, other => other.checkQueue(queue)), 405)
    assert.equal(await refusal(stranger, other => other.checkQueue(unique('missing'))), 404)
    await stranger.close()
    await connection.close()
  },

  async largeBody() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue(unique('large'))
    for (const bytes of [0, 1, 131_064, 131_065, 5 * 1024 * 1024]) {
      const body = require('node:crypto').randomBytes(bytes)
      channel.sendToQueue(queue, body)
      await channel.waitForConfirms()
      const message = await channel.get(queue, { noAck: true })
      assert.ok(message.content.equals(body), `${bytes} bytes`)
    }
    await connection.close()
  },

  async headers() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue(unique('headers'))
    const headers = {
      text: 'wörld', yes: true, no: false, nothing: null, small: 1, negative: -70_000, big: 2 ** 40, half: 0.5,
      list: [1, 'two', [3]], table: { inner: { n: 4 } }, bytes: Buffer.from([1, 2, 3]),
    }
    const options = {
      headers, contentType: 'text/plain', contentEncoding: 'utf-8', priority: 3, correlationId: 'c', replyTo: 'r',
      messageId: 'm', timestamp: 1_700_000_000, type: 't', appId: 'a', persistent: true,
    }
    channel.sendToQueue(queue, Buffer.from('x'), options)
    await channel.waitForConfirms()
    const { properties } = await channel.get(queue, { noAck: true })
    assert.deepEqual({ ...properties.headers }, headers)
    for (const name of ['contentType', 'contentEncoding', 'priority', 'correlationId', 'replyTo', 'messageId',
      'timestamp', 'type', 'appId']) assert.equal(properties[name], options[name], name)
    assert.equal(properties.deliveryMode, 2)
    await connection.close()
  },

  async topic() {
    const { connection, channel } = await open()
    const exchange = unique('topic')
    await channel.assertExchange(exchange, 'topic')
    const { queue } = await channel.assertQueue(unique('bound'))
    await channel.bindQueue(queue, exchange, 'sensors.*.temp')
    channel.publish(exchange, 'sensors.7.temp', Buffer.from('in'))
    channel.publish(exchange, 'sensors.7.8.temp', Buffer.from('out'))
    await channel.waitForConfirms()
    assert.equal((await channel.get(queue, { noAck: true })).fields.routingKey, 'sensors.7.temp')
    assert.equal(await channel.get(queue, { noAck: true }), false)
    await connection.close()
  },

  async mandatory() {
    const { connection, channel } = await open()
    const inbox = new Inbox()
    channel.on('return', message => inbox.push(message))
    channel.sendToQueue(unique('nowhere'), Buffer.from('x'), { mandatory: true })
    const returned = await inbox.next()
    assert.equal(returned.fields.replyCode, 312)
    assert.equal(returned.content.toString(), 'x')
    await channel.waitForConfirms()
    await connection.close()
  },

  async prefetch() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue(unique('prefetch'))
    for (let i = 0; i < 4; i++) channel.sendToQueue(queue, Buffer.from(`m${i}`))
    await channel.waitForConfirms()
    await channel.prefetch(1)
    const inbox = new Inbox()
    await channel.consume(queue, message => inbox.push(message))
    const first = await inbox.next()
    assert.equal((await channel.checkQueue(queue)).messageCount, 3)
    assert.equal(inbox.items.length, 0)
    channel.ack(first)
    assert.equal((await inbox.next()).content.toString(), 'm1')
    await connection.close()
  },

  async cancelledByBroker() {
    const { connection, channel } = await open()
    const { queue } = await channel.assertQueue(unique('cancelled'))
    const inbox = new Inbox()
    await channel.consume(queue, message => inbox.push(message))
    await channel.deleteQueue(queue)
    assert.equal(await inbox.next(), null)
    await connection.close()
  },
})
