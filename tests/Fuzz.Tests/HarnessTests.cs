using System.Buffers;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests;

/// <summary>The fuzzer finds what is planted in codecs that are wrong.</summary>
public sealed class HarnessTests
{
    private const int Seed = 1;

    /// <summary>Some seconds at most; what is planted is found within hundreds.</summary>
    private const int Inputs = 200_000;

    /// <summary>Length, then as many bytes.</summary>
    private static readonly byte[] Example = [4, 1, 2, 3, 4];

    [Fact]
    public void A_crash_is_found_and_told_with_its_seed_and_input()
    {
        var run = new FuzzRun(Planted("crash", input => input[1..(1 + input[0])]), Seed);
        run.RunCorpus();

        var failure = Assert.Throws<FuzzFailure>(() => run.RunMutated(Inputs));

        Assert.IsAssignableFrom<SystemException>(failure.InnerException);
        Assert.Contains($"seed {Seed}, mutated input {run.Inputs}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CMQ_FUZZ_TARGET=crash", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_finds_the_same_and_its_input_alone_fails_again()
    {
        FuzzFailure[] failures = [.. Enumerable.Range(0, 2).Select(_ => Assert.Throws<FuzzFailure>(
            () => new FuzzRun(Planted("crash", input => input[1..(1 + input[0])]), Seed).RunMutated(Inputs)))];
        Assert.Equal(failures[0].Message, failures[1].Message);

        byte[] input = Corpus.Read(failures[0].Message.Split('\n')[2]);
        Assert.Throws<FuzzFailure>(() => new FuzzRun(Planted("crash", all => all[1..(1 + all[0])]), Seed).Run(input, everyCut: true));
    }

    [Fact]
    public void A_length_that_is_believed_before_its_bytes_are_there_is_found()
    {
        var run = new FuzzRun(
            Planted("greedy", input =>
            {
                byte[] room = new byte[(input.Length == 0 ? 0 : input[0]) * 4096];
                return input.Length > room.Length ? input : room[..0];
            }),
            Seed);
        run.RunCorpus();

        var failure = Assert.Throws<FuzzFailure>(() => run.RunMutated(Inputs));

        Assert.Contains("bytes were allocated", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_that_depends_on_how_it_arrived_is_found()
    {
        var failure = Assert.Throws<FuzzFailure>(() => new FuzzRun(new HastyTarget(), Seed).RunCorpus());

        Assert.Contains("cut at", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_that_depends_on_how_it_arrived_is_found()
    {
        var failure = Assert.Throws<FuzzFailure>(() => new FuzzRun(new HastyTarget(refuses: true), Seed).RunCorpus());

        Assert.Contains("InvalidDataException", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_another_thing_once_encoded_and_decoded_again_is_found()
    {
        var run = new FuzzRun(
            new CodecTarget<byte[]>("forgetful", input => input, _ => false, Example) { Write = read => [.. read.TakeWhile(b => b != 0)] },
            Seed);
        run.RunCorpus();

        var failure = Assert.Throws<FuzzFailure>(() => run.RunMutated(Inputs));

        Assert.Contains("decoded again", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_example_that_is_refused_is_a_failure()
    {
        var target = new CodecTarget<byte[]>("stern", _ => throw new RefusedException(), e => e is RefusedException, Example);

        Assert.Throws<FuzzFailure>(() => new FuzzRun(target, Seed).RunCorpus());
    }

    private static CodecTarget<byte[]> Planted(string name, Func<byte[], byte[]> read) =>
        new(name, read, exception => exception is RefusedException, Example);

    /// <summary>Takes what has come of a unit for the whole of it, when there are at least two bytes.</summary>
    private sealed class HastyTarget(bool refuses = false) : StreamTarget("hasty")
    {
        public override IEnumerable<byte[]> Examples => [Example];

        public override bool IsRefusal(Exception exception) => exception is InvalidDataException;

        protected override Cutter Open()
        {
            return (ref ReadOnlySequence<byte> input) =>
            {
                if (input.Length < 2)
                    return null;
                if (refuses && input.Length < Example.Length)
                    throw new InvalidDataException("too short");
                byte[] unit = input.ToArray();
                input = input.Slice(input.End);
                return unit;
            };
        }
    }
}
