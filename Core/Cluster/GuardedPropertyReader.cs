using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// A reader as the node uses it. Readers run on groups' threads, over bytes that a client made and that stay
/// stored: one that threw would stop the node, and again at every start. Here such a block has no properties, and an
/// Error is logged, once per block.
/// </summary>
internal sealed class GuardedPropertyReader(IPropertyReader reader, ILogger log) : IPropertyReader
{
    /// <summary>Blocks that are remembered to have been logged, a count; beyond it all are forgotten.</summary>
    private const int MaxLogged = 1024;

    private readonly Lock _gate = new();
    private readonly HashSet<int> _logged = [];

    public PropertyFormat Format => reader.Format;

    public MessageProperties Read(ReadOnlyMemory<byte> properties)
    {
        try
        {
            return reader.Read(properties);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Tell(HashOf(properties), error);
            return new MessageProperties();
        }
    }

    public MessageContent Content(StoredMessage message, int maxBodyBytes)
    {
        try
        {
            return reader.Content(message, maxBodyBytes);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Tell(HashOf(message.Properties), error);
            return new MessageContent(new MessageProperties(), message.Body);
        }
    }

    public string? MessageIdOf(long sequence)
    {
        try
        {
            return reader.MessageIdOf(sequence);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Tell(sequence.GetHashCode(), error);
            return null;
        }
    }

    /// <summary>Reads nothing before a topic asks for a header.</summary>
    public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties) => new LazyHeaders(this, properties);

    private IRoutingHeaders? ReadHeadersNow(ReadOnlyMemory<byte> properties)
    {
        try
        {
            return reader.ReadHeaders(properties);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Tell(HashOf(properties), error);
            return null;
        }
    }

    private void Tell(int block, Exception error)
    {
        lock (_gate)
        {
            if (_logged.Count >= MaxLogged)
                _logged.Clear();
            if (!_logged.Add(block))
                return;
        }

        GroupTrace.PropertiesNotRead(log, Format, error);
    }

    private static int HashOf(ReadOnlyMemory<byte> block)
    {
        var hash = new HashCode();
        hash.AddBytes(block.Span);
        return hash.ToHashCode();
    }

    /// <summary>Of one message, on one thread.</summary>
    private sealed class LazyHeaders(GuardedPropertyReader owner, ReadOnlyMemory<byte> properties) : IRoutingHeaders
    {
        private IRoutingHeaders? _headers;
        private bool _isRead;

        public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value)
        {
            if (!_isRead)
                _headers = owner.ReadHeadersNow(properties);
            _isRead = true;
            value = null;
            try
            {
                return _headers is not null && _headers.TryGet(name, out value);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                owner.Tell(HashOf(properties), error);
                value = null;
                return false;
            }
        }
    }
}
