'use strict';

const { assert, unique } = require('../scenarios');
const { withChannel } = require('./client');

const roundTrip = async (channel, options) => {
  const { queue } = await channel.assertQueue(unique('properties'), { durable: true });
  channel.sendToQueue(queue, Buffer.from('x'), options);
  return (await channel.get(queue, { noAck: true })).properties;
};

withChannel('Every property comes out as it went in', async (channel) => {
  const properties = await roundTrip(channel, {
    contentType: 'application/json', contentEncoding: 'gzip', persistent: true, priority: 7,
    correlationId: 'c-1', replyTo: 'amq.reply', expiration: '600000', messageId: 'm-1', timestamp: 1_700_000_000,
    type: 'order.created', userId: 'guest', appId: 'shop',
  });
  assert.deepEqual(properties, {
    contentType: 'application/json', contentEncoding: 'gzip', headers: {}, deliveryMode: 2, priority: 7,
    correlationId: 'c-1', replyTo: 'amq.reply', expiration: '600000', messageId: 'm-1', timestamp: 1_700_000_000,
    type: 'order.created', userId: 'guest', appId: 'shop', clusterId: undefined,
  });
});

withChannel('No property is invented', async (channel) => {
  const properties = await roundTrip(channel, {});
  for (const [name, value] of Object.entries(properties)) {
    // amqplib itself always sends an empty table of headers and delivery mode 1.
    if (name !== 'headers' && name !== 'deliveryMode') assert.equal(value, undefined, name);
  }
});

withChannel('Headers of every type come out as they went in', async (channel) => {
  const headers = {
    text: 'grüße 你好',
    empty: '',
    yes: true,
    no: false,
    nothing: null,
    byte: 127,
    negativeByte: -128,
    short: 32_767,
    negativeShort: -32_768,
    int: 2_147_483_647,
    negativeInt: -2_147_483_648,
    long: 9_007_199_254_740_991,
    negativeLong: -9_007_199_254_740_991,
    double: Math.PI,
    binary: Buffer.from([0, 1, 254, 255]),
    list: [1, 'two', true, [3, ['four']], { five: 5 }],
    table: { a: { b: { c: 'deep' } }, list: [] },
    emptyTable: {},
    when: { '!': 'timestamp', value: 1_700_000_000 },
    decimal: { '!': 'decimal', value: { places: 2, digits: 12_345 } },
    float: { '!': 'float', value: 0.5 },
    int8: { '!': 'int8', value: -5 },
    uint8: { '!': 'uint8', value: 250 },
    uint16: { '!': 'uint16', value: 65_535 },
    uint32: { '!': 'uint32', value: 4_294_967_295 },
    int64: { '!': 'int64', value: 5 },
  };
  // amqplib gives numbers back without their width, and keeps it only for these two.
  const plain = { float: 0.5, int8: -5, uint8: 250, uint16: 65_535, uint32: 4_294_967_295, int64: 5 };
  const received = (await roundTrip(channel, { headers })).headers;
  assert.deepEqual(received, { ...headers, ...plain });
});

withChannel('Many headers fit', async (channel) => {
  const headers = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`header-${i}`, `value ${i}`]));
  assert.deepEqual((await roundTrip(channel, { headers })).headers, headers);
});

withChannel('CC and BCC route to more queues, and BCC is taken out', async (channel) => {
  const queues = await Promise.all(['to', 'cc', 'bcc'].map(
    async (name) => (await channel.assertQueue(unique(name))).queue));
  channel.sendToQueue(queues[0], Buffer.from('x'), { CC: [queues[1]], BCC: [queues[2]] });
  for (const queue of queues) {
    const message = await channel.get(queue, { noAck: true });
    assert.deepEqual(message.properties.headers, { CC: [queues[1]] });
  }
});
