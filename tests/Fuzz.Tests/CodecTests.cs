using Cmq.MultiProtocol.Fuzz.Tests.Harness;
using Cmq.MultiProtocol.Fuzz.Tests.Targets;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Fuzz.Tests;

/// <summary>Every codec, with its corpus and with mutated inputs for a while (docs/fuzzing.md).</summary>
public sealed class CodecTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names =>
    [
        .. CodecTargets.All.Select(target => target.Name)
            .Where(name => FuzzSettings.Target is null || FuzzSettings.Target == name),
    ];

    [Theory, MemberData(nameof(Names))]
    public void Whatever_comes_is_decoded_to_one_meaning_or_refused(string name)
    {
        FuzzTarget target = Find(name);
        var run = new FuzzRun(target, FuzzSettings.Seed);
        if (FuzzSettings.Input is { } input)
        {
            run.Run(Corpus.Read(input), everyCut: true);
            return;
        }

        run.RunCorpus();
        run.RunMutated(FuzzSettings.Budget);
        output.WriteLine($"{name}: {run.Inputs} inputs, {run.Decoded} decoded, seed {FuzzSettings.Seed}");
    }

    [Theory, MemberData(nameof(Names))]
    public void A_codec_has_a_corpus(string name)
    {
        if (FuzzSettings.CorpusFolder is { } folder)
            Corpus.Write(folder, Find(name));

        Assert.Contains(Corpus.Of(name), item => Corpus.IsValid(item.Name));
    }

    private static FuzzTarget Find(string name) => CodecTargets.All.Single(target => target.Name == name);
}
