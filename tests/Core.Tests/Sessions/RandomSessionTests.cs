using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Sessions;
using Cmq.MultiProtocol.Core.Tests.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Sessions;

/// <summary>Sessions and parked messages at random: members stay equal, snapshots are complete, every will is published
/// at most once, and in the end nothing is kept for nobody.</summary>
public sealed class RandomSessionTests
{
    private const int Names = 4;
    private static readonly NamespaceId Home = new(1);
    private static readonly string[] Users = ["guest", "other"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory, MemberData(nameof(Seeds))]
    public void Members_stay_equal_and_nothing_is_kept_for_nobody(int seed)
    {
        var random = new Random(seed);
        var group = new QueueGroup(
            new QueueMachineOptions { MaxWorkPerTick = 2, MaxParked = 12, MaxProducers = 3 },
            parts: () =>
            {
                var parked = new ParkedPart();
                return [new SessionPart(parked, 3, new SessionLimits { MaxSessions = 3, MaxInFlight = 3 }), parked];
            });
        group.Create();
        group.Routes["shop"] =
        [
            new RouteTarget(group.Machine.Group, QueueGroup.Orders, "orders"),
            new RouteTarget(new GroupId(2), new QueueId(90), "far"),
        ];
        long epoch = 0;
        for (int step = 0; step < 600; step++)
        {
            Step(group, random, ref epoch);
            if (step % 20 == 0)
                group.CheckState();
            if (step % 150 == 149)
                group.ChangeLeader();
        }

        for (int name = 0; name < Names; name++)
        {
            long last = ++epoch;
            foreach (string user in Users)
                group.Apply(output => SessionCommands.End(output, Home, $"s{name}", user, last));
        }

        foreach ((long position, _) in ((ParkedPart)group.Parts[1]).Prepared(long.MaxValue).ToList())
            group.Apply(output => ParkedCommands.Drop(output, Home, position, "owner"));
        group.Pass(100_000);
        Assert.Equal((0, 0), (((SessionPart)group.Parts[0]).Count, ((ParkedPart)group.Parts[1]).Count));

        // Every body at most once in the queue: nothing was shown twice.
        string[] bodies = [.. Enumerable.Range(0, 10_000).Select(_ => group.Get(autoSettle: true))
            .TakeWhile(got => got.Messages.Count > 0).Select(got => BodyBefore(group, got))];
        Assert.Equal(bodies.Length, bodies.Distinct().Count());
        foreach ((GroupId target, byte[] payload) in group.Context.Sent)
        {
            if (target == GroupId.Directory)
                continue;
            Assert.NotEqual(0, group.Machine.Materialize(payload, group).Length);
            group.Deliver(payload);
        }

        group.CheckState();
        Assert.Empty(group.Machine.LiveIndexes());
    }

    private static string BodyBefore(QueueGroup group, QueueResponse got)
    {
        group.LiveOnly = false;
        string body = group.BodyOf(got.Messages[0]);
        group.LiveOnly = true;
        return body;
    }

    private static void Step(QueueGroup group, Random random, ref long epoch)
    {
        string name = $"s{random.Next(Names)}";
        NodeIncarnation node = random.Next(2) == 0 ? QueueGroup.NodeA : QueueGroup.NodeB;
        long now = epoch;
        long expiryMs = random.Next(3) switch { 0 => 0, 1 => random.Next(1, 200), _ => long.MaxValue };
        SessionState? session = ((SessionPart)group.Parts[0]).Find(Home, name);
        var key = new SessionKey(session?.Id ?? 0, session?.Epoch ?? 0);
        int number = random.Next(1, 6);
        switch (random.Next(14))
        {
            case 0 or 1:
                var open = new SessionOpen(
                    Home, name, Users[random.Next(Users.Length)], new ConnectionKey(node, random.Next(1, 4)), now + random.Next(-1, 2),
                    random.Next(4) == 0, expiryMs, random.Next(3) * 50);
                epoch = Math.Max(epoch, open.Epoch);
                group.Apply(output =>
                {
                    open.Write(output);
                    if (random.Next(3) > 0)
                        new ParkHead(Home, "", -1).Write(output, Unit(group));
                });
                break;
            case 2:
                bool fire = random.Next(2) == 0;
                group.Apply(output => SessionCommands.Close(output, Home, name, key.Epoch, fire, expiryMs));
                break;
            case 3 when random.Next(4) == 0:
                group.Apply(output => SessionCommands.End(output, Home, name, Users[0], now));
                break;
            case 4:
                group.Apply(output => SessionCommands.PutSubscription(output, key, $"f{number}", [1, 2]));
                break;
            case 5:
                group.Apply(output => SessionCommands.RemoveSubscription(output, key, $"f{number}"));
                break;
            case 6:
                group.Apply(output => SessionCommands.RecordInbound(output, key, number));
                group.Apply(output => QueueCommandWriter.Publish(
                    output,
                    [QueueGroup.Orders],
                    Unit(group) with { Producer = new ProducerNumber(key.Id, number) }));
                break;
            case 7:
                group.Apply(output => SessionCommands.ForgetInbound(output, key, number));
                break;
            case 8:
                group.Apply(output => SessionCommands.RecordReleased(output, key, number));
                group.Apply(output => SessionCommands.ForgetReleased(output, key, number - 1));
                break;
            case 9 when random.Next(6) == 0:
                group.Apply(output => QueueCommandWriter.NodeGone(output, node));
                break;
            case 10:
                long delayMs = random.Next(2) == 0 ? -1 : random.Next(100);
                group.Apply(output => new ParkHead(Home, "owner", delayMs).Write(output, Unit(group)));
                break;
            case 11 when ((ParkedPart)group.Parts[1]).Prepared(long.MaxValue).ToList() is { Count: > 0 } prepared:
                long position = prepared[random.Next(prepared.Count)].Position;
                group.Apply(output =>
                {
                    if (random.Next(3) == 0)
                        ParkedCommands.Drop(output, Home, position, "owner");
                    else if (random.Next(2) == 0)
                        ParkedCommands.Show(output, Home, position, "owner");
                    else
                        ParkedCommands.List(output, 1, [position]);
                });
                break;
            case 12:
                group.Pass(random.Next(60));
                break;
            default:
                group.NowMs += random.Next(20);
                break;
        }
    }

    private static PublishedUnit Unit(QueueGroup group) => QueueGroup.Unit($"{group.LastIndex}");
}
