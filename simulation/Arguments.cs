using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cmq.MultiProtocol.Simulation;

/// <summary>The command line.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        simulation --seeds N [--from S]     N worlds, from seed S on (1)
                   --seconds N [--from S]   as many as fit into N seconds
                   --corpus FILE            the seeds of a file, one a line, before all others
                   --seed S                 one world
                   --trace                  prints all that happens
                   --verbose                prints a line for each world
                   --go-on                  does not stop at the first world that fails
                   --plant NAME             puts a bug in on purpose
        """;

    public ulong From { get; private init; } = 1;

    public ulong? Count { get; private init; }

    public double? Seconds { get; private init; }

    public string? Corpus { get; private init; }

    public bool IsTraced { get; private init; }

    public bool IsVerbose { get; private init; }

    public bool GoesOn { get; private init; }

    public string? Plant { get; private init; }

    public IEnumerable<ulong> Seeds()
    {
        if (Corpus is not null)
        {
            foreach (string line in File.ReadLines(Corpus))
            {
                string seed = line.Split('#')[0].Trim();
                if (seed.Length > 0)
                    yield return ulong.Parse(seed, CultureInfo.InvariantCulture);
            }
        }

        for (ulong i = 0; Count is { } count ? i < count : Seconds is not null; i++)
            yield return From + i;
    }

    public static bool TryParse(
        string[] words, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = new Arguments();
        problem = null;
        for (int i = 0; i < words.Length; i++)
        {
            string value = i + 1 < words.Length ? words[i + 1] : "";
            bool takesValue = words[i] is "--seeds" or "--from" or "--seconds" or "--corpus" or "--seed" or "--plant";
            if (!TryTake(ref arguments, words[i], value))
            {
                problem = $"{words[i]} {(takesValue ? value : "")} is not understood";
                arguments = null;
                return false;
            }

            if (takesValue)
                i++;
        }

        if (arguments is { Count: null, Seconds: null, Corpus: null })
        {
            problem = "nothing to do";
            arguments = null;
        }

        return arguments is not null;
    }

    private static bool TryTake(ref Arguments arguments, string word, string value)
    {
        bool isNumber = ulong.TryParse(value, CultureInfo.InvariantCulture, out ulong number);
        Arguments? next = word switch
        {
            "--seeds" when isNumber => arguments with { Count = number },
            "--from" when isNumber => arguments with { From = number },
            "--seconds" when isNumber => arguments with { Seconds = number },
            "--seed" when isNumber => arguments with { From = number, Count = 1, IsVerbose = true },
            "--corpus" when value.Length > 0 => arguments with { Corpus = value },
            "--plant" when value.Length > 0 => arguments with { Plant = value },
            "--trace" => arguments with { IsTraced = true },
            "--verbose" => arguments with { IsVerbose = true },
            "--go-on" => arguments with { GoesOn = true },
            _ => null,
        };
        if (next is null)
            return false;
        arguments = next;
        return true;
    }
}
