namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>How the text of a setting is read.</summary>
internal enum SettingKind
{
    Text,

    /// <summary>Text that no message or log may repeat.</summary>
    Secret,

    /// <summary><c>host:port</c>; empty = off.</summary>
    Listen,

    /// <summary><c>id@host:port</c>.</summary>
    Peer,

    /// <summary>A whole number within the setting's bounds.</summary>
    Number,

    /// <summary>A number of bytes within the setting's bounds; may end in KiB, MiB or GiB.</summary>
    Bytes,

    /// <summary>A .NET log level.</summary>
    LogLevel,

    /// <summary>Belongs to a door that this version does not have; only "off" is accepted.</summary>
    NotYet,
}
