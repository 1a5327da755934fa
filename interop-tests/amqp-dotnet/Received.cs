using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

/// <summary>A delivery that outlives its handler.</summary>
public sealed record Received(
    ulong Tag, bool Redelivered, string Exchange, string RoutingKey, byte[] Body, IReadOnlyBasicProperties Properties)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public static Received From(BasicDeliverEventArgs delivery) => new(
        delivery.DeliveryTag, delivery.Redelivered, delivery.Exchange, delivery.RoutingKey, delivery.Body.ToArray(),
        new BasicProperties(delivery.BasicProperties));
}
