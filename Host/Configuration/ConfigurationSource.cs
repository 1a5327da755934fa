using Microsoft.Extensions.Configuration;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>One place that values come from, with the name that messages call it by.</summary>
internal sealed record ConfigurationSource(string Name, IConfigurationRoot Values);
