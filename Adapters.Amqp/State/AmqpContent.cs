using System.Buffers;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Puts a publish together: method, header, bodies, with nothing in between (2.3.5.2).</summary>
internal sealed class AmqpContent(AmqpLink link) : IDisposable
{
    private const ushort BasicClass = 60;

    private enum Part
    {
        Method,
        Header,
        Body,
    }

    private Part _next;
    private AmqpBody? _body;
    private byte[] _block = [];
    private int _blockBytes;

    public BasicPublish Method { get; private set; }

    /// <summary>Property flags and values as received; valid until the next header frame.</summary>
    public ReadOnlyMemory<byte> Properties => _block.AsMemory(0, _blockBytes);

    public ulong BodyBytes { get; private set; }

    /// <summary>A method frame is what may come now.</summary>
    public bool IsIdle => _next == Part.Method;

    public void Begin(in BasicPublish method)
    {
        Method = method;
        _next = Part.Header;
    }

    /// <exception cref="AmqpProtocolException">505, as the part that was due demands.</exception>
    public void ThrowUnexpected() => throw new AmqpProtocolException(AmqpCode.UnexpectedFrame, _next switch
    {
        Part.Method => "expected method frame, got non method frame instead",
        Part.Header => "expected content header for class 60, got non content header frame instead",
        _ => "expected content body, got non content body frame instead",
    });

    /// <returns>True when the content is complete, because the body is empty.</returns>
    /// <exception cref="AmqpProtocolException">505; or 406, body above the limit.</exception>
    public bool Header(in ReadOnlySequence<byte> payload)
    {
        if (_next != Part.Header)
            ThrowUnexpected();
        int length = (int)payload.Length;
        if (_block.Length < length)
            _block = new byte[Math.Max(length, _block.Length * 2)];
        payload.CopyTo(_block);
        AmqpContentHeader header = AmqpContentHeader.Read(_block.AsSpan(0, length));
        if (header.ClassId != BasicClass)
        {
            throw new AmqpProtocolException(AmqpCode.UnexpectedFrame,
                $"expected content header for class 60, got one for class {header.ClassId} instead");
        }
        // With another weight it is no content header to RabbitMQ.
        if (header.Weight != 0)
            ThrowUnexpected();
        int most = link.Node.Limits.MaxMessageBytes;
        if (header.BodyBytes > (ulong)most)
            throw new AmqpProtocolException(AmqpErrors.TooLarge(header.BodyBytes, most));

        _blockBytes = length - AmqpContentHeader.Bytes;
        _block.AsSpan(AmqpContentHeader.Bytes, _blockBytes).CopyTo(_block);
        BodyBytes = header.BodyBytes;
        _next = BodyBytes == 0 ? Part.Method : Part.Body;
        return BodyBytes == 0;
    }

    /// <summary>Takes a body frame.</summary>
    /// <param name="payload">Borrowed.</param>
    /// <param name="body">The whole body when it is complete: borrows from the payload when that was all of
    /// it.</param>
    /// <returns>True when complete.</returns>
    /// <exception cref="AmqpProtocolException">505: not due, or more bytes than announced; 506: too many
    /// bytes of unfinished bodies in this connection.</exception>
    public bool Body(in ReadOnlySequence<byte> payload, out ReadOnlySequence<byte> body)
    {
        body = default;
        if (_next != Part.Body)
            ThrowUnexpected();
        ulong have = (ulong)(_body?.Length ?? 0);
        ulong length = (ulong)payload.Length;
        if (have + length > BodyBytes)
        {
            throw new AmqpProtocolException(AmqpCode.UnexpectedFrame,
                $"content body of {have + length} bytes exceeds the announced {BodyBytes}");
        }
        if (have == 0 && length == BodyBytes)
        {
            body = payload;
        }
        else
        {
            Collect(payload);
            if (have + length < BodyBytes)
                return false;
            body = _body!.Sequence;
        }
        _next = Part.Method;
        return true;
    }

    /// <summary>Hands the collected body over, so that it outlives this content; null when nothing was
    /// collected.</summary>
    public AmqpBody? Detach()
    {
        AmqpBody? body = _body;
        link.PartialBytes -= body?.Length ?? 0;
        _body = null;
        return body;
    }

    /// <summary>Forgets what has arrived.</summary>
    public void Dispose()
    {
        Detach()?.Dispose();
        _next = Part.Method;
    }

    private void Collect(in ReadOnlySequence<byte> payload)
    {
        _body ??= new AmqpBody();
        _body.Append(payload);
        link.PartialBytes += payload.Length;
        if (link.PartialBytes > link.Options.MaxPartialBytes)
        {
            throw new AmqpProtocolException(AmqpCode.ResourceError,
                $"more than {link.Options.MaxPartialBytes} bytes of unfinished content");
        }
    }
}
