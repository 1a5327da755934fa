using System.Diagnostics;

namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>Feeds one target and watches it.</summary>
internal sealed class FuzzRun
{
    /// <summary>Mutated inputs that were decoded are mutated further; so many are kept, a count.</summary>
    private const int MaxPool = 512;

    /// <summary>Of so many inputs one comes from the corpus itself.</summary>
    private const int FromCorpus = 3;

    /// <summary>Of a stack trace, in a failure's text.</summary>
    private const int MaxFrames = 6;

    private readonly FuzzTarget _target;
    private readonly int _seed;
    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _corpus;
    private readonly List<byte[]> _pool = [];

    public FuzzRun(FuzzTarget target, int seed)
    {
        _target = target;
        _seed = seed;
        _random = new Random(seed);
        _mutator = new Mutator(_random);
        _corpus = [.. target.Examples, .. Corpus.Of(target.Name).Select(item => item.Input)];
    }

    /// <summary>Mutated inputs so far.</summary>
    public long Inputs { get; private set; }

    /// <summary>Of them, those that were decoded.</summary>
    public long Decoded { get; private set; }

    /// <summary>The corpus, each item cut at every place.</summary>
    public void RunCorpus()
    {
        foreach (byte[] example in _target.Examples)
        {
            if (!Run(example, everyCut: true))
                throw Failure("an example of our own is refused", example);
        }
        foreach ((string name, byte[] input) in Corpus.Of(_target.Name))
        {
            if (!Run(input, everyCut: true) && Corpus.IsValid(name))
                throw Failure($"{name} of the corpus is refused", input);
        }
    }

    /// <summary>Mutated inputs for so long.</summary>
    public void RunMutated(TimeSpan budget)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < budget)
            RunOne();
    }

    /// <summary>So many mutated inputs.</summary>
    public void RunMutated(int inputs)
    {
        for (int i = 0; i < inputs; i++)
            RunOne();
    }

    /// <summary>One input.</summary>
    /// <returns>False: it was refused.</returns>
    /// <exception cref="FuzzFailure">It crashed, took too much, or does not mean one thing.</exception>
    public bool Run(byte[] input, bool everyCut)
    {
        bool isDecoded = TryDecode(input, out object? decoded, out long allocated);
        // What is made once, by a first use, is none of the input's.
        if (allocated > Allowed(input))
            isDecoded = TryDecode(input, out decoded, out allocated);
        if (allocated > Allowed(input))
            throw Failure($"{allocated} bytes were allocated, {Allowed(input)} are allowed", input);
        if (!isDecoded)
            return false;
        try
        {
            _target.Check(input, decoded, new Cuts(everyCut, _random));
        }
        catch (Exception wrong)
        {
            throw Failure(wrong is FuzzFailure ? wrong.Message : $"checking it failed: {wrong.Message}", input, wrong);
        }
        return _target.IsAccepted(decoded);
    }

    private long Allowed(byte[] input) => _target.AllocatedBesides + ((long)_target.AllocatedPerByte * input.Length);

    private void RunOne()
    {
        byte[] input = _mutator.Mutate(Pick(), Pick());
        if (_random.Next(2) == 0)
            input = _target.Reseal(input);
        Inputs++;
        if (!Run(input, everyCut: false))
            return;
        Decoded++;
        if (_pool.Count < MaxPool)
            _pool.Add(input);
        else
            _pool[_random.Next(MaxPool)] = input;
    }

    private byte[] Pick() => _pool.Count == 0 || _random.Next(FromCorpus) == 0
        ? _corpus[_random.Next(_corpus.Count)]
        : _pool[_random.Next(_pool.Count)];

    private bool TryDecode(byte[] input, out object? decoded, out long allocated)
    {
        decoded = null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            decoded = _target.Decode(input);
            return true;
        }
        catch (Exception refusal) when (_target.IsRefusal(refusal))
        {
            return false;
        }
        catch (Exception crash)
        {
            throw Failure($"{crash.GetType().Name}: {crash.Message}", input, crash);
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private FuzzFailure Failure(string what, byte[] input, Exception? cause = null) => new(
        $"""
        {_target.Name}: {what}
        seed {_seed}, mutated input {Inputs}, {input.Length} bytes:
        {Convert.ToHexString(input)}
        again: CMQ_FUZZ_TARGET={_target.Name} CMQ_FUZZ_INPUT=<the line above> dotnet test tests/Fuzz.Tests -c Release
        keep it: as tests/Fuzz.Tests/Corpus/{_target.Name}/found-<what>.hex
        {Where(cause)}
        """,
        cause);

    /// <summary>Where the innermost exception came from, in a few lines.</summary>
    private static string Where(Exception? cause)
    {
        while (cause?.InnerException is { } inner)
            cause = inner;
        return cause is null
            ? ""
            : string.Join('\n', (cause.StackTrace ?? "").Split('\n').Take(MaxFrames).Prepend($"{cause.GetType()}"));
    }
}
