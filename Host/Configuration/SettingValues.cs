using System.Globalization;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The merged, checked values: every key in it is known and its text can be read.</summary>
internal sealed class SettingValues
{
    private readonly IConfigurationRoot _merged;

    private SettingValues(IConfigurationRoot merged) => _merged = merged;

    /// <summary>Checks every key of every source, the overridden ones too, and merges them.</summary>
    /// <exception cref="ConfigurationException">An unknown key, or a text that cannot be read.</exception>
    public static SettingValues Check(IReadOnlyList<ConfigurationSource> sources)
    {
        // Not by chaining the sources: a chain takes an empty value for a missing one, and ours means "off".
        var merged = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (ConfigurationSource source in sources)
        {
            foreach ((string key, string? value) in source.Values.AsEnumerable())
            {
                // A section that has something in it is judged by what it has in it.
                if (value is not null || !source.Values.GetSection(key).GetChildren().Any())
                    CheckOne(source.Name, key, value);
                if (value is not null)
                    merged[key] = value;
            }
        }

        return new SettingValues(new ConfigurationBuilder().AddInMemoryCollection(merged).Build());
    }

    /// <summary>Null when it is empty or not set at all and has no default.</summary>
    public string? Text(string name) => NullIfEmpty(Raw(name, Settings.Get(name)));

    public int Number(string name) => checked((int)Whole(name));

    public long Bytes(string name) => Whole(name);

    /// <summary>Null: off.</summary>
    public ListenAddress? Listen(string name) => Text(name) is { } text && ListenAddress.TryParse(text, out var address, out _)
        ? address
        : null;

    public LogLevel LogLevel(string name) => Enum.Parse<LogLevel>(Text(name)!, ignoreCase: true);

    /// <summary>The entries of a list, in the order of their indexes.</summary>
    public IReadOnlyList<string> List(string section) =>
        [.. _merged.GetSection(section).GetChildren().Select(child => child.Value).OfType<string>()
            .Where(value => value.Length > 0)];

    public IReadOnlyList<PeerAddress> Peers(string section) =>
        [.. List(section).Select(text => TryParsePeer(text, out PeerAddress? peer, out _) ? peer! : null).OfType<PeerAddress>()];

    /// <summary>The entries of a list of sections, as reader of their fields.</summary>
    public IReadOnlyList<Func<string, string?>> Sections(string section) =>
        [.. _merged.GetSection(section).GetChildren().Select<IConfigurationSection, Func<string, string?>>(child =>
            field => NullIfEmpty(child[field] ?? Settings.Get($"{section}:*:{field}").Default))];

    private static void CheckOne(string source, string key, string? value)
    {
        if (Settings.Find(key) is not { } setting)
        {
            // A section as such, or an empty list or object in a file.
            if (string.IsNullOrEmpty(value) && Settings.All.Any(known => known.IsWithin(key)))
                return;
            throw new ConfigurationException($"unknown key {key} ({source}){KeySuggestion.For(key)}");
        }

        if (value is not null && Problem(setting, value) is { } problem)
        {
            string shown = setting.Kind == SettingKind.Secret ? "" : $"'{value}' ";
            throw new ConfigurationException($"{key} ({source}): {shown}{problem}");
        }
    }

    private static string? Problem(Setting setting, string value)
    {
        switch (setting.Kind)
        {
            case SettingKind.NotYet:
                return value.Length == 0 ? null : "cannot be used: this version does not have that yet, a later one will";
            case SettingKind.Listen:
                return value.Length == 0 || ListenAddress.TryParse(value, out _, out string listenProblem)
                    ? null
                    : listenProblem;
            case SettingKind.Peer:
                return value.Length == 0 || TryParsePeer(value, out _, out string peerProblem) ? null : peerProblem;
            case SettingKind.LogLevel:
                return Enum.TryParse(value, ignoreCase: true, out LogLevel level) && Enum.IsDefined(level)
                    && level != Microsoft.Extensions.Logging.LogLevel.None && !char.IsAsciiDigit(value[0])
                    ? null
                    : $"is none of {setting.Meaning}";
            case SettingKind.Number:
            case SettingKind.Bytes:
                if (value.Length == 0 && setting.Default.Length == 0)
                    return null;
                if (!TryParseWhole(value, setting.Kind == SettingKind.Bytes, out long number))
                    return setting.Kind == SettingKind.Bytes
                        ? "is not a number of bytes, like 65536 or 64MiB"
                        : "is not a whole number";
                return number >= setting.Min && number <= setting.Max
                    ? null
                    : $"is not between {setting.Min} and {setting.Max}";
            default:
                return null;
        }
    }

    private static bool TryParsePeer(string text, out PeerAddress? peer, out string problem)
    {
        peer = null;
        problem = "is not of the form id@host:port, the id being 1 or above";
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || !int.TryParse(text[..at], NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id < 1)
            return false;
        if (!ListenAddress.TryParse(text[(at + 1)..], out ListenAddress address, out problem))
            return false;
        if (address.Port == 0 || address.Host == "*")
        {
            problem = "names no host and port that a node could be reached at";
            return false;
        }

        peer = new PeerAddress(new NodeId(id), address.Host, address.Port);
        return true;
    }

    private static bool TryParseWhole(string text, bool bytes, out long value)
    {
        int shift = 0;
        string digits = text.Trim();
        if (bytes)
        {
            (string Suffix, int Shift)[] units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
            foreach ((string suffix, int unitShift) in units)
            {
                if (!digits.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                    continue;
                shift = unitShift;
                digits = digits[..^suffix.Length].TrimEnd();
                break;
            }
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > long.MaxValue >> shift)
            return false;
        value <<= shift;
        return true;
    }

    private long Whole(string name)
    {
        Setting setting = Settings.Get(name);
        return TryParseWhole(Raw(name, setting), setting.Kind == SettingKind.Bytes, out long value)
            ? value
            : throw new ConfigurationException($"{name} has no value");
    }

    private string Raw(string name, Setting setting) => _merged[name] ?? setting.Default;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
