'use strict'
// What the scripts of both clients share: the scenario that is named on the command line, told in CMQ's actions.
// A client gives a function call(action, parameters) that resolves to the answer as the service sent it.

const assert = require('node:assert/strict')

const { CMQ_HOST: host, CMQ_SECRET_ID: secretId, CMQ_SECRET_KEY: secretKey } = process.env
const patienceMs = 50_000
const text = 'hello wörld & a=b +%/ 你好'

exports.host = host
exports.secretId = secretId
exports.secretKey = secretKey

const unique = prefix => `${prefix}-${process.pid}-${Math.random().toString(36).slice(2, 10)}`

exports.run = call => {
  const ok = async (action, parameters) => {
    const answer = await call(action, parameters)
    assert.equal(answer.code, 0, `${action}: ${JSON.stringify(answer)}`)
    return answer
  }
  const create = async (attributes = {}) => {
    const queueName = unique('queue')
    await ok('CreateQueue', { queueName, ...attributes })
    return queueName
  }

  // As many as are there, which must be that many.
  const bodies = async (queueName, count) => {
    const got = []
    while (got.length < count) {
      const { msgInfoList } = await ok('BatchReceiveMessage', { queueName, numOfMsg: 16, pollingWaitSeconds: 5 })
      got.push(...msgInfoList.map(message => message.msgBody))
    }
    assert.equal((await call('BatchReceiveMessage', { queueName, numOfMsg: 16, pollingWaitSeconds: 0 })).code, 7000)
    return got
  }

  const scenarios = {
    async queues() {
      const queueName = await create({ visibilityTimeout: 45, pollingWaitSeconds: 3 })
      assert.equal((await call('CreateQueue', { queueName })).code, 4460)
      const list = await ok('ListQueue', { searchWord: queueName, offset: 0, limit: 10 })
      assert.equal(list.totalCount, 1)
      assert.equal(list.queueList[0].queueName, queueName)
      await ok('SetQueueAttributes', { queueName, visibilityTimeout: 60 })
      const attributes = await ok('GetQueueAttributes', { queueName })
      assert.equal(attributes.visibilityTimeout, 60)
      assert.equal(attributes.pollingWaitSeconds, 3)
      await ok('DeleteQueue', { queueName })
      assert.equal((await call('GetQueueAttributes', { queueName })).code, 4440)
    },

    async messages() {
      const queueName = await create()
      const sent = await ok('SendMessage', { queueName, msgBody: text, delaySeconds: 0 })
      const message = await ok('ReceiveMessage', { queueName, pollingWaitSeconds: 5 })
      assert.equal(message.msgBody, text)
      assert.equal(message.msgId, sent.msgId)
      assert.equal(message.dequeueCount, 1)
      await ok('DeleteMessage', { queueName, receiptHandle: message.receiptHandle })
      assert.equal((await call('DeleteMessage', { queueName, receiptHandle: message.receiptHandle })).code, 4430)
      const none = await call('ReceiveMessage', { queueName, pollingWaitSeconds: 0 })
      assert.equal(none.code, 7000)
      assert.equal(none.message, '(10200)no message')
    },

    async batches() {
      const queueName = await create()
      const msgBody = Array.from({ length: 12 }, (_, i) => `${text} ${i}`)
      const sent = await ok('BatchSendMessage', { queueName, msgBody, delaySeconds: 0 })
      assert.equal(sent.msgList.length, msgBody.length)
      const received = []
      while (received.length < msgBody.length) {
        const got = await ok('BatchReceiveMessage', { queueName, numOfMsg: 16, pollingWaitSeconds: 5 })
        received.push(...got.msgInfoList.map(message => message.msgBody))
        await ok('BatchDeleteMessage', { queueName, receiptHandle: got.msgInfoList.map(message => message.receiptHandle) })
      }
      assert.deepEqual(received, msgBody)
      assert.equal((await call('BatchReceiveMessage', { queueName, numOfMsg: 16, pollingWaitSeconds: 0 })).code, 7000)
    },

    async longPoll() {
      const queueName = await create()
      const waiting = ok('ReceiveMessage', { queueName, pollingWaitSeconds: 20 })
      // Until the broker has the receive there is nothing to see from here; either order must work.
      await new Promise(resolve => setTimeout(resolve, 500))
      await ok('SendMessage', { queueName, msgBody: text, delaySeconds: 0 })
      assert.equal((await waiting).msgBody, text)
    },

    async delay() {
      const queueName = await create()
      const before = Date.now()
      await ok('SendMessage', { queueName, msgBody: text, delaySeconds: 2 })
      assert.equal((await call('ReceiveMessage', { queueName, pollingWaitSeconds: 0 })).code, 7000)
      const message = await ok('ReceiveMessage', { queueName, pollingWaitSeconds: 20 })
      assert.equal(message.msgBody, text)
      assert.ok(Date.now() - before >= 1_900, 'a delayed message must not come early')
    },

    async topics() {
      const topicName = unique('topic')
      const [everything, tagged] = [await create(), await create()]
      await ok('CreateTopic', { topicName, filterType: 1, maxMsgSize: 2048 })
      assert.equal((await call('CreateTopic', { topicName })).code, 4460)
      await ok('SetTopicAttributes', { topicName, maxMsgSize: 4096 })
      assert.equal((await ok('GetTopicAttributes', { topicName })).maxMsgSize, 4096)
      const list = await ok('ListTopic', { searchWord: topicName, offset: 0, limit: 10 })
      assert.deepEqual(list.topicList.map(topic => topic.topicName), [topicName])
      assert.equal((await call('PublishMessage', { topicName, msgBody: text })).code, 6030)

      const queue = { topicName, protocol: 'queue', notifyContentFormat: 'SIMPLIFIED' }
      await ok('Subscribe', { ...queue, subscriptionName: 'all', endpoint: everything })
      await ok('Subscribe', { ...queue, subscriptionName: 'some', endpoint: tagged, filterTag: ['red', 'blue'] })
      await ok('PublishMessage', { topicName, msgBody: text, msgTag: ['green', 'blue'] })
      await ok('BatchPublishMessage', { topicName, msgBody: ['one', 'two'], msgTag: ['green'] })
      assert.deepEqual(await bodies(everything, 3), [text, 'one', 'two'])
      assert.deepEqual(await bodies(tagged, 1), [text])

      await ok('ClearSubscriptionFilterTags', { topicName, subscriptionName: 'some' })
      await ok('PublishMessage', { topicName, msgBody: 'untagged' })
      assert.deepEqual(await bodies(tagged, 1), ['untagged'])
      const names = await ok('ListSubscriptionByTopic', { topicName, offset: 0, limit: 10 })
      assert.deepEqual(names.subscriptionList.map(one => one.subscriptionName), ['all', 'some'])
      assert.equal((await call('DeleteTopic', { topicName })).code, 4000)
      await ok('Unsubscribe', { topicName, subscriptionName: 'all' })
      await ok('Unsubscribe', { topicName, subscriptionName: 'some' })
      await ok('DeleteTopic', { topicName })
      assert.equal((await call('GetTopicAttributes', { topicName })).code, 4440)
    },

    async bindingKeys() {
      const topicName = unique('topic')
      const queueName = await create()
      await ok('CreateTopic', { topicName, filterType: 2 })
      const subscription = { topicName, subscriptionName: 'keys' }
      await ok('Subscribe', {
        ...subscription, protocol: 'queue', endpoint: queueName, notifyContentFormat: 'SIMPLIFIED', bindingKey: ['1.#.0', 'a.*'],
      })
      const publish = (routingKey, msgBody) => call('PublishMessage', { topicName, routingKey, msgBody })
      const codes = []
      for (const key of ['1.0', '1.2.3.0', '1.2', 'a.b', 'a', 'a.b.c']) codes.push((await publish(key, key)).code)
      assert.deepEqual(codes, [0, 0, 6030, 0, 6030, 6030])
      assert.deepEqual(await bodies(queueName, 3), ['1.0', '1.2.3.0', 'a.b'])
      await ok('SetSubscriptionAttributes', { ...subscription, bindingKey: ['#'] })
      assert.deepEqual((await ok('GetSubscriptionAttributes', subscription)).bindingKey, ['#'])
      assert.equal((await publish('anything', 'x')).code, 0)
      assert.deepEqual(await bodies(queueName, 1), ['x'])
    },

    async visibility() {
      const queueName = await create({ visibilityTimeout: 1 })
      await ok('SendMessage', { queueName, msgBody: text, delaySeconds: 0 })
      const first = await ok('ReceiveMessage', { queueName, pollingWaitSeconds: 5 })
      assert.equal((await call('ReceiveMessage', { queueName, pollingWaitSeconds: 0 })).code, 7000)
      const second = await ok('ReceiveMessage', { queueName, pollingWaitSeconds: 20 })
      assert.equal(second.msgId, first.msgId)
      assert.equal(second.dequeueCount, 2)
      assert.notEqual(second.receiptHandle, first.receiptHandle)
      assert.equal((await call('DeleteMessage', { queueName, receiptHandle: first.receiptHandle })).code, 4430)
    },
  }

  const name = process.argv[2]
  if (!host || !secretId || !secretKey || !scenarios[name]) {
    console.error(`usage: CMQ_HOST=host:port CMQ_SECRET_ID=... CMQ_SECRET_KEY=... node ${process.argv[1]} `
      + Object.keys(scenarios).join('|'))
    process.exit(2)
  }

  const fail = error => {
    console.error(error)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  setTimeout(() => fail(new Error(`${name}: nothing happened for ${patienceMs} ms`)), patienceMs).unref()
  scenarios[name]().then(() => {
    console.log(`ok ${name}`)
    process.exit(0)
  }, fail)
}
