using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Metadata;
using Cmq.MultiProtocol.Fakes;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

[Collection(AloneCollection.Name)]
public sealed class PresenceMemoryTests
{
    private const int Clients = 100_000;

    [Fact]
    public void A_client_costs_less_than_300_bytes_on_every_other_node()
    {
        var life = new NodeIncarnation(new NodeId(1), 1);
        var receiver = new PresenceReceiver(life.Node, static _ => { }, static _ => { });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        FillFrom(life, receiver);
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Clients;
        Assert.True(receiver.IsWhole);
        Assert.True(receiver.Has(NameOf(Clients - 1)));
        Assert.InRange(each, 100, 300);
        GC.KeepAlive(receiver);
    }

    private static void FillFrom(NodeIncarnation life, PresenceReceiver receiver)
    {
        var onTheWay = new Queue<ReadOnlyMemory<byte>>();
        var sender = new ListSender<PresenceChange>(
            new NodeId(2),
            PeerKind.Presence,
            PresenceChange.Write,
            (_, message) =>
            {
                onTheWay.Enqueue(message.Payload);
                return true;
            },
            new ManualTime());
        sender.Connected();
        sender.Begin(
            life, [.. Enumerable.Range(0, Clients).Select(i => new PresenceChange(NameOf(i), new byte[35]))], change: 1);
        while (onTheWay.TryDequeue(out ReadOnlyMemory<byte> batch))
        {
            var answer = new Core.Groups.StateReader(receiver.Take(batch, static _ => false)!.Value);
            sender.AcknowledgedBy(PeerCodec.ReadLife(ref answer), answer.ReadInt64(), answer.ReadInt32());
        }
    }

    private static SessionName NameOf(int i) => new(new NamespaceId(1), $"device-{i:D12}");
}
