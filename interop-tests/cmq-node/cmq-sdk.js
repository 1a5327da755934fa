'use strict'
// cmq-sdk has no setting for the endpoint: it calls cmq-queue-gz.api.tencentyun.com on port 80. Where name resolution
// would send it to the broker in real life, the connection is redirected here; the client itself stays as it is, and
// so do the host that it signs and the Host header that it sends.
const http = require('node:http')
const net = require('node:net')
const { CMQ } = require('cmq-sdk')
const { host, secretId, secretKey, run } = require('./scenario')

http.Agent.prototype.createConnection = (options, connected) => {
  if (!/\.api\.tencentyun\.com$/.test(options.host)) throw new Error(`a call to ${options.host} was not meant`)
  const [address, port] = host.split(':')
  return net.createConnection({ host: address, port: Number(port) }, connected)
}

const client = CMQ.NEW({
  path: '/v2/index.php',
  signatureMethod: process.env.CMQ_SIGNATURE || 'HmacSHA256',
  extranet: false,
  secretId,
  secretKey,
  region: 'gz',
})

// A fresh object per call: the client signs what it left in the last one.
run(async (action, parameters) => {
  const answer = await client[action[0].toLowerCase() + action.slice(1)]({ ...parameters })
  return typeof answer === 'string' ? JSON.parse(answer) : answer.body ?? answer
})
