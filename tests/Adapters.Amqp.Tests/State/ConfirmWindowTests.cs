using Cmq.MultiProtocol.Adapters.Amqp.State;
using FsCheck;
using FsCheck.Fluent;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

public sealed class ConfirmWindowTests
{
    /// <summary>Whatever the order and the batches: a client that follows the protocol learns each outcome
    /// once, right, and never of one that is open.</summary>
    [Fact]
    public void A_client_learns_every_outcome_once_and_none_too_early() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var window = new ConfirmWindow();
            var open = new SortedSet<ulong>();
            var outcomes = new Dictionary<ulong, bool>();
            var unlearned = new SortedSet<ulong>();
            for (int round = 0; round < 60; round++)
            {
                for (int i = random.Next(8); i > 0; i--)
                {
                    ulong number = window.Next();
                    open.Add(number);
                    unlearned.Add(number);
                }
                for (int i = random.Next(8); i > 0 && open.Count > 0; i--)
                    Complete(random.Next(3) == 0 ? open.Min : open.ElementAt(random.Next(open.Count)));
                window.Collect(Learn);
            }
            while (open.Count > 0)
                Complete(open.Max);
            window.Collect(Learn);
            return unlearned.Count == 0 && window.Count == 0;

            void Complete(ulong number)
            {
                bool stored = random.Next(4) != 0;
                outcomes.Add(number, stored);
                open.Remove(number);
                window.Complete(number, stored);
            }

            void Learn(ulong number, bool multiple, bool acked)
            {
                ulong[] learned = [.. unlearned.Where(n => n == number || (multiple && n < number))];
                Assert.NotEmpty(learned);
                Assert.All(learned, n => Assert.Equal(acked, outcomes[n]));
                unlearned.ExceptWith(learned);
            }
        }).QuickCheckThrowOnFailure();
}
