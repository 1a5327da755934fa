using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Checks;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>Opens sessions that others may have, writes into them, and goes on with it for a while when it has lost
/// them.</summary>
internal sealed class SessionUser(World world, string name) : Client(world, name)
{
    private const int Filters = 4;
    private const int Ids = 5;

    protected override async Task WorkAsync(ClientSession session)
    {
        await session.PauseAsync(Dice.Exponential(300_000)).ConfigureAwait(false);
        await session.ReachAsync().ConfigureAwait(false);
        TestSession book = Dice.Pick(World.Sessions);
        bool isClean = Dice.Chance(0.1);
        long? expiryMs = Dice.Chance(0.1) ? Dice.Between(500, 5_000) : null;
        bool mayEnd = isClean || expiryMs is not null;
        long above = book.BeginOpen(mayEnd);
        (Reply reply, ISession? opened) = await Within(session, session.Connection.Sessions.OpenAsync(
            new SessionOpening(book.Name, isClean, expiryMs, Will: null, WillDelayMs: 0), session.Lost))
            .ConfigureAwait(false);
        // Of one that was not answered in time nobody knows.
        if (reply is not (Reply.TimedOut or Reply.Unavailable))
            book.Opened(opened, above, mayEnd);
        World.Trace.Note(session.Node.Id.Value, "opened", (long)reply, opened?.Epoch ?? 0);
        if (opened is null)
            return;
        for (int left = Dice.Next(30); left > 0 && !IsLeaving; left--)
        {
            await session.PauseAsync(Dice.Exponential(60_000)).ConfigureAwait(false);
            await session.ReachAsync().ConfigureAwait(false);
            long newest = book.Epoch;
            Reply changed = await ChangeAsync(session, book, opened).ConfigureAwait(false);
            if (changed == Reply.Ok)
                book.CheckOwner(opened.Epoch, newest);
            if (changed == Reply.Gone && Dice.Chance(0.5))
                return;
        }

        if (Dice.Chance(0.5))
        {
            await Within(session, opened.CloseAsync(new SessionEnd(FireWill: false, expiryMs), session.Lost))
                .ConfigureAwait(false);
        }
    }

    private async Task<Reply> ChangeAsync(ClientSession session, TestSession book, ISession opened)
    {
        string filter = $"f{Dice.Next(Filters)}";
        int id = Dice.Next(Ids) + 1;
        long epoch = opened.Epoch;
        Reply reply;
        switch (Dice.Next(5))
        {
            case 0:
                book.BeginRemove(epoch, filter);
                reply = await Within(session, opened.RemoveSubscriptionAsync(filter, session.Lost))
                    .ConfigureAwait(false);
                if (reply == Reply.Ok)
                    book.EndFilter(epoch, filter, 0);
                return reply;
            case 1:
                book.BeginForget(epoch, id);
                reply = await Within(session, opened.ForgetInboundAsync(id, session.Lost)).ConfigureAwait(false);
                if (reply == Reply.Ok)
                    book.EndForget(epoch, id);
                return reply;
            case 2:
                book.BeginInbound(epoch, id);
                (reply, long number) = await Within(session, opened.RecordInboundAsync(id, session.Lost))
                    .ConfigureAwait(false);
                if (reply == Reply.Ok)
                    book.EndInbound(epoch, id, number);
                return reply;
            default:
                long value = book.BeginPut(epoch, filter);
                reply = await Within(session, opened.PutSubscriptionAsync(
                    filter, TestSession.OptionsOf(value), session.Lost)).ConfigureAwait(false);
                if (reply == Reply.Ok)
                    book.EndFilter(epoch, filter, value);
                return reply;
        }
    }
}
