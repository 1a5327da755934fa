using System.Net.Sockets;
using RabbitMQ.Client.Exceptions;

namespace Cmq.MultiProtocol.Interop.Durability.Clients;

/// <summary>What a client may see of a broker that is killed, stopped or without its majority.</summary>
internal static class Trouble
{
    public static bool IsExpected(Exception failure) => failure
        is RabbitMQClientException
        or IOException
        or SocketException
        or HttpRequestException
        or TimeoutException
        or OperationCanceledException
        or ObjectDisposedException
        or CmqBusyException;
}
