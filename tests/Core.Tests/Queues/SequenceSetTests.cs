using Cmq.MultiProtocol.Core.Queues;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class SequenceSetTests
{
    [Fact]
    public void It_behaves_like_a_sorted_set()
    {
        Prop.ForAll<int[]>(numbers =>
        {
            var set = new SequenceSet();
            var model = new SortedSet<long>();
            foreach (int number in numbers)
            {
                // Two far-apart regions, dense in themselves; the sign says what to do.
                long sequence = Math.Abs((long)number) * 97 % 3_000 + (number % 2 == 0 ? 0 : 1L << 40);
                if (number % 7 == 0)
                {
                    set.Remove(new SequenceRange(sequence, 500));
                    model.RemoveWhere(member => member >= sequence && member < sequence + 500);
                }
                else if (number < 0)
                {
                    Assert.Equal(model.Remove(sequence), set.Remove(sequence));
                }
                else
                {
                    Assert.Equal(model.Add(sequence), set.Add(sequence));
                }

                Assert.Equal(model.Count, set.Count);
                Assert.Equal(model.Count > 0, set.TryPeek(out long lowest));
                Assert.Equal(model.Count > 0 ? model.Min : -1, lowest);
                Assert.Equal(model.Contains(sequence), set.Contains(sequence));
            }

            var ranges = new List<SequenceRange>();
            set.CopyTo(ranges);
            Assert.Equal(model, ranges.SelectMany(range => Members(range)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(400));
    }

    private static IEnumerable<long> Members(SequenceRange range)
    {
        for (long sequence = range.First; sequence < range.End; sequence++)
            yield return sequence;
    }
}
