using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Exchange types and kinds of topics.</summary>
internal static class AmqpExchangeTypes
{
    /// <exception cref="AmqpProtocolException">503, closes the connection as RabbitMQ does.</exception>
    public static TopicKind KindOf(string type) => type switch
    {
        "direct" => TopicKind.Direct,
        "fanout" => TopicKind.Fanout,
        "topic" => TopicKind.Pattern,
        "headers" => TopicKind.Headers,
        _ => throw new AmqpProtocolException(AmqpCode.CommandInvalid, $"unknown exchange type '{type}'"),
    };

    public static string NameOf(TopicKind kind) => kind switch
    {
        TopicKind.Default or TopicKind.Direct => "direct",
        TopicKind.Fanout => "fanout",
        TopicKind.Pattern => "topic",
        TopicKind.Headers => "headers",
        _ => throw new UnreachableException(),
    };
}
