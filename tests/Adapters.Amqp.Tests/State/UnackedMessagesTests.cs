using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Core;
using FsCheck;
using FsCheck.Fluent;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

public sealed class UnackedMessagesTests
{
    [Fact]
    public void It_behaves_as_a_sorted_map_of_tags() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var unacked = new UnackedMessages();
            var model = new SortedSet<ulong>();
            ulong last = 0;
            for (int step = 0; step < 400; step++)
            {
                if (random.Next(3) > 0)
                {
                    last += (ulong)random.Next(1, 3);
                    unacked.Add(last, new QueueId(1), (long)last, null);
                    model.Add(last);
                    continue;
                }
                ulong tag = (ulong)random.Next((int)last + 2);
                if (random.Next(4) > 0)
                {
                    Assert.Equal(model.Remove(tag), unacked.TryTake(tag, out UnackedMessages.Entry entry));
                    Assert.True(entry.Tag == 0 || entry.Sequence == (long)tag);
                    continue;
                }
                var taken = new List<UnackedMessages.Entry>();
                bool known = model.Contains(tag);
                ulong[] expected = known ? [.. model.Where(t => t <= tag)] : [];
                model.ExceptWith(expected);
                Assert.Equal(known, unacked.TryTakeUpTo(tag, taken));
                Assert.Equal(expected, taken.Select(entry => entry.Tag));
            }
            var rest = new List<UnackedMessages.Entry>();
            unacked.TakeAll(rest);
            return rest.Select(entry => entry.Tag).SequenceEqual(model) && unacked.Count == 0;
        }).QuickCheckThrowOnFailure();
}
