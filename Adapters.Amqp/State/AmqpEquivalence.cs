using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Declaring again what exists: equal is fine, different is 406 with texts that test suites match
/// on.</summary>
internal static class AmqpEquivalence
{
    public static void Check(QueueDeclare wish, QueueInfo current, string resource)
    {
        Same("durable", resource, wish.Durable && !wish.Exclusive, current.Durable);
        Same("auto_delete", resource, wish.AutoDelete, current.AutoDelete);
        AmqpTable stored = AmqpTable.FromStored(current.Arguments);
        foreach (string key in AmqpQueueArguments.Compared)
            SameArgument(key, resource, wish.Arguments, stored);
    }

    public static void Check(ExchangeDeclare wish, TopicInfo current, string resource)
    {
        Same("type", resource, wish.Type, AmqpExchangeTypes.NameOf(current.Kind));
        Same("durable", resource, wish.Durable, current.Durable);
        Same("auto_delete", resource, wish.AutoDelete, current.AutoDelete);
        Same("internal", resource, wish.Internal, current.Internal);
    }

    private static void SameArgument(string key, string resource, AmqpTable wish, AmqpTable current)
    {
        bool asked = wish.TryGet(key, out AmqpValue received);
        bool has = current.TryGet(key, out AmqpValue present);
        if ((!asked && !has) || (asked && has && received.Matches(present)))
            return;
        throw asked && has
            ? Inequivalent(key, resource, $"'{received.Text}'", $"'{present.Text}'")
            : Inequivalent(key, resource, Described(asked, received), Described(has, present));
    }

    private static string Described(bool set, in AmqpValue value) =>
        set ? $"the value '{value.Text}' of type '{value.Type.Word}'" : "none";

    private static void Same(string field, string resource, bool received, bool current) =>
        Same(field, resource, received ? "true" : "false", current ? "true" : "false");

    private static void Same(string field, string resource, string received, string current)
    {
        if (received != current)
            throw Inequivalent(field, resource, $"'{received}'", $"'{current}'");
    }

    private static AmqpProtocolException Inequivalent(
        string field, string resource, string received, string current) =>
        new(AmqpCode.PreconditionFailed,
            $"inequivalent arg '{field}' for {resource}: received {received} but current is {current}");
}
