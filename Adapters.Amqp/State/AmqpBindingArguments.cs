using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Arguments of a binding to a headers exchange.</summary>
internal static class AmqpBindingArguments
{
    private const string Match = "x-match";

    private static readonly Comparer<byte[]> ByBytes =
        Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    /// <summary>The rule on headers; null for exchanges of other types, which look at the key only.</summary>
    /// <exception cref="AmqpProtocolException">406, as <see cref="Read"/>.</exception>
    public static HeaderMatch? MatchOf(TopicInfo source, AmqpTable arguments) =>
        source.Kind == TopicKind.Headers ? Read(arguments) : null;

    /// <summary>The arguments in the form that tells bindings apart: sorted by key, so that the order in
    /// which a client's dictionary hands them out does not count.</summary>
    public static ReadOnlyMemory<byte> Identity(AmqpTable arguments)
    {
        var keyed = new List<(byte[] Key, byte[] Field)>();
        var fields = AmqpTableReader.OverTable(arguments.Encoded.Span);
        while (fields.Next())
            keyed.Add((fields.Key.ToArray(), fields.Field.ToArray()));
        if (keyed.Count < 2)
            return arguments.Encoded;
        return keyed
            .OrderBy(field => field.Key, ByBytes)
            .SelectMany(field => field.Field)
            .ToArray();
    }

    /// <summary>Keys that start with <c>x-</c> do not take part in matching.</summary>
    /// <exception cref="AmqpProtocolException">406: x-match is neither all nor any.</exception>
    public static HeaderMatch Read(AmqpTable arguments)
    {
        bool all = true;
        if (arguments.TryGet(Match, out AmqpValue match))
        {
            if (!match.IsText)
            {
                throw new AmqpProtocolException(AmqpCode.PreconditionFailed,
                    $"Invalid x-match field type {match.Type.Word} (value {match.Text}); expected longstr");
            }
            all = match.Text switch
            {
                "all" => true,
                "any" => false,
                _ => throw new AmqpProtocolException(AmqpCode.PreconditionFailed,
                    $"Invalid x-match field value {ErlangText.Binary(match.Bytes.Span)}; expected all or any"),
            };
        }

        var conditions = new List<KeyValuePair<string, HeaderValue>>();
        var fields = AmqpTableReader.OverTable(arguments.Encoded.Span);
        while (fields.Next())
        {
            if (!fields.Key.StartsWith("x-"u8))
                conditions.Add(new(Encoding.UTF8.GetString(fields.Key), AmqpRoutingHeaders.Value(fields)));
        }
        return new HeaderMatch(all, conditions);
    }
}
