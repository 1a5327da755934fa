using System.Globalization;
using System.Net;
using Cmq.MultiProtocol.Benchmarks.Load.Amqp;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Idle;

/// <summary>Connections with a channel, an exclusive queue and a consumer of it each.</summary>
internal sealed class AmqpIdleDriver(LoadOptions options) : IIdleDriver
{
    private const int BufferBytes = 1024;

    public IIdleConnection Open(int number, IPAddress? source)
    {
        AmqpSession session = AmqpSession.Open(options, number, BufferBytes, source);
        session.DeclareExclusive(Queue(number));
        session.Consume(Queue(number));
        return new Connection(session, Queue(number), number);
    }

    public void Send(IReadOnlyList<int> numbers, long run)
    {
        using AmqpSession session = AmqpSession.Open(options, 0, BufferBytes);
        session.SelectConfirms();
        foreach (int number in numbers)
        {
            byte[] body = new byte[MessageStamp.Bytes];
            new MessageStamp(run, 0, 0, number, 0).Write(body, body.Length);
            session.Publish(Queue(number), body);
        }

        session.Close();
    }

    /// <summary>AMQP has no word for it.</summary>
    public long? HeapBytes() => null;

    private string Queue(int number) => string.Create(CultureInfo.InvariantCulture, $"{options.Prefix}-idle-{number}");

    private sealed class Connection(AmqpSession session, string queue, int number) : IIdleConnection
    {
        public void TakeOne(long run)
        {
            if (!MessageStamp.TryRead(session.TakeOne(), out MessageStamp found)
                || (found.Run, found.Publisher) != (run, number))
            {
                throw new IOException($"{queue} got something else");
            }
        }

        public void Dispose() => session.Dispose();
    }
}
