'use strict'
const Capi = require('qcloudapi-sdk')
const { host, secretId, secretKey, run } = require('./scenario')

const capi = new Capi({
  SecretId: secretId,
  SecretKey: secretKey,
  Region: 'gz',
  protocol: 'http',
  host,
  path: '/v2/index.php',
  method: process.env.CMQ_METHOD || 'POST',
})

run((action, parameters) => new Promise((resolve, reject) =>
  capi.request({ Action: action, ...parameters }, (error, answer) => (error ? reject(error) : resolve(answer)))))
