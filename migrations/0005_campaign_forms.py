from tortoise import migrations
from tortoise.migrations import operations as ops
from models.supporters import NameDisplay
from storage.fields import ValueField
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [("models", "0004_activity_details_of_old_rows")]

    initial = False

    operations = [
        ops.CreateModel(
            name='SignatureDay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('day', fields.DateField()),
                ('direct_signature_count', fields.BigIntField(default=0, db_default=0)),
                ('partner_signature_count', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'signature_days', 'app': 'models', 'unique_together': (('campaign_id', 'day'),), 'pk_attr': 'id'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Campaign',
            name='consent_questions',
            field=ValueField(default=list, db_default=[]),
        ),
        ops.AddField(
            model_name='Campaign',
            name='ticker_name_ceiling',
            field=fields.CharEnumField(default=NameDisplay.FIRST_NAME_INITIAL, description='FULL_NAME: FULL_NAME\nFIRST_NAME_INITIAL: FIRST_NAME_INITIAL\nINITIALS: INITIALS\nANONYMOUS: ANONYMOUS', db_default='FIRST_NAME_INITIAL', enum_type=NameDisplay, max_length=20),
        ),
        ops.AddField(
            model_name='Supporter',
            name='first_name_initial',
            field=fields.CharField(default='A supporter', db_default='A supporter', max_length=210),
        ),
        ops.AddField(
            model_name='Supporter',
            name='initials',
            field=fields.CharField(default='A supporter', db_default='A supporter', max_length=210),
        ),
    ]
