'use strict'
// The few requests of an administrator that the scenarios need and that ali-ons has none for: topics must exist before
// it uses them. JSON headers only.

const net = require('node:net')

exports.ask = (address, code, extFields) => new Promise((resolve, reject) => {
  const [host, port] = address.split(':')
  const header = Buffer.from(JSON.stringify({ code, flag: 0, language: 'JAVA', opaque: 1, version: 232, extFields }))
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(4 + header.length, 0)
  prefix.writeInt32BE(header.length, 4)
  let received = Buffer.alloc(0)
  const socket = net.connect(Number(port), host, () => socket.write(Buffer.concat([prefix, header])))
  socket.on('error', reject)
  socket.on('data', data => {
    received = Buffer.concat([received, data])
    if (received.length < 8 || received.length < 4 + received.readInt32BE(0)) return
    socket.destroy()
    const end = 8 + (received.readInt32BE(4) & 0xffffff)
    const answer = JSON.parse(received.subarray(8, end).toString())
    answer.body = received.subarray(end, 4 + received.readInt32BE(0))
    resolve(answer)
  })
})

/** The brokers of a cluster: name and address. */
exports.brokers = async namesrv => {
  const { body } = await exports.ask(namesrv, 106)
  return Object.values(JSON.parse(body).brokerAddrTable)
    .map(broker => ({ name: broker.brokerName, address: broker.brokerAddrs['0'] }))
}

/** Makes a topic with queues on every broker name. */
exports.createTopic = async (namesrv, topic, queues) => {
  for (const { address } of await exports.brokers(namesrv)) {
    const answer = await exports.ask(address, 17, {
      topic, defaultTopic: 'TBW102', readQueueNums: `${queues}`, writeQueueNums: `${queues}`, perm: '6',
      topicFilterType: 'SINGLE_TAG', topicSysFlag: '0', order: 'false',
    })
    if (answer.code !== 0) throw new Error(`${topic}: ${answer.code} ${answer.remark}`)
  }
}

/** Messages in all queues of a topic; 0 while there is no such topic. */
exports.count = async (namesrv, topic) => {
  const route = await exports.ask(namesrv, 105, { topic })
  if (route.code !== 0) return 0
  const { brokerDatas, queueDatas } = JSON.parse(route.body)
  let sum = 0
  for (const { brokerName, readQueueNums } of queueDatas) {
    const address = brokerDatas.find(broker => broker.brokerName === brokerName).brokerAddrs['0']
    for (let queueId = 0; queueId < readQueueNums; queueId++)
      sum += Number((await exports.ask(address, 30, { topic, queueId: `${queueId}` })).extFields.offset)
  }
  return sum
}
