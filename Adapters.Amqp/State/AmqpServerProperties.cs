using Cmq.MultiProtocol.Adapters.Amqp.Codec;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>What start tells of the server. Clients switch features on the version and the
/// capabilities.</summary>
internal static class AmqpServerProperties
{
    /// <summary>Whose behaviour the checklist describes.</summary>
    public const string Version = "3.6.11";

    public static readonly AmqpTable Table = AmqpTable.Build(table =>
    {
        table.Table("capabilities", capabilities =>
        {
            capabilities.Boolean("publisher_confirms", true);
            capabilities.Boolean("exchange_exchange_bindings", true);
            capabilities.Boolean("basic.nack", true);
            capabilities.Boolean("consumer_cancel_notify", true);
            capabilities.Boolean("connection.blocked", true);
            capabilities.Boolean("consumer_priorities", true);
            capabilities.Boolean("authentication_failure_close", true);
            capabilities.Boolean("per_consumer_qos", true);
            // True ones only: clients switch features on by them.
            capabilities.Boolean("direct_reply_to", false);
        });
        table.Text("cluster_name", "cmqd");
        table.Text("copyright", "See the README of cmqd");
        table.Text("information", "cmqd speaks AMQP 0-9-1 as RabbitMQ 3.6 does");
        table.Text("platform", ".NET");
        table.Text("product", "RabbitMQ");
        table.Text("version", Version);
    });
}
