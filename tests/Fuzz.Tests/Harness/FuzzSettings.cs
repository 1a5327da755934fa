using System.Globalization;

namespace Cmq.MultiProtocol.Fuzz.Tests.Harness;

/// <summary>How long and from where, by the environment (docs/fuzzing.md).</summary>
internal static class FuzzSettings
{
    /// <summary>Without a word of the environment the whole project takes about two minutes.</summary>
    private const double DefaultSeconds = 1.5;

    /// <summary><c>CMQ_FUZZ_SECONDS</c>: mutated inputs for each target, seconds.</summary>
    public static TimeSpan Budget { get; } = TimeSpan.FromSeconds(
        Text("CMQ_FUZZ_SECONDS") is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : DefaultSeconds);

    /// <summary><c>CMQ_FUZZ_SEED</c>; another one in each run if it is not set.</summary>
    public static int Seed { get; } = Text("CMQ_FUZZ_SEED") is { } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : Random.Shared.Next();

    /// <summary><c>CMQ_FUZZ_TARGET</c>: this one only; null = all.</summary>
    public static string? Target { get; } = Text("CMQ_FUZZ_TARGET");

    /// <summary><c>CMQ_FUZZ_INPUT</c>: one input in hexadecimal for <see cref="Target"/>; null = none.</summary>
    public static string? Input { get; } = Text("CMQ_FUZZ_INPUT");

    /// <summary><c>CMQ_FUZZ_CORPUS</c>: a folder that the examples are written to; null = they are not.</summary>
    public static string? CorpusFolder { get; } = Text("CMQ_FUZZ_CORPUS");

    private static string? Text(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;
}
